/** Draws a graph on a plain canvas, smooth without a graphics card: while it is dragged, its last picture is moved. */
import { type Camera, type Point, type Size, dragged, fitted, moved, onScreen, zoomed } from "./camera";

export interface Dot {
  key: string;
  label: string;
  colour: string;
  /** In pixels, whatever the distance. */
  radius: number;
}

export interface Colours {
  line: string;
  ink: string;
  panel: string;
}

/** Dots, and lines as pairs of their numbers. */
export interface Content {
  dots: readonly Dot[];
  lines: Uint32Array;
  colours: Colours;
}

/** The picture reaches so much further than the view on each side, so that nothing is missing while it is dragged. */
const MARGIN = 0.25;
/** A picture that takes longer than this is moved while it can be, and drawn anew when the hand rests. */
const QUICK_MS = 8;
const REST_MS = 120;
/** A picture that is stretched further shows how coarse it is. */
const MOST_STRETCH = 1.6;
const CLICK_PX = 4;
/** A long path takes a processor longer than many short ones. */
const CHUNK = 400;
const LABELS = 60;
const LABEL_CELL = { width: 150, height: 30 };
const ARROWS_UP_TO = 1_500;
const ARROW = 7;

export class Drawing {
  private readonly canvas = document.createElement("canvas");
  private readonly mark = document.createElement("div");
  private readonly context: CanvasRenderingContext2D;
  private readonly watcher: ResizeObserver;
  private readonly pointers = new Map<number, Point>();
  private readonly byColour = new Map<string, number[]>();
  private camera: Camera = { x: 0, y: 0, scale: 1 };
  private taken: Camera = this.camera;
  private places: Float32Array = new Float32Array();
  private size: Size = { width: 1, height: 1 };
  private isSteered = false;
  private travelled = 0;
  private costMs = 0;
  private asked = 0;
  private resting: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly box: HTMLElement,
    private readonly content: Content,
    private readonly onOpen: (key: string) => void,
  ) {
    const context = this.canvas.getContext("2d");
    if (context === null) throw new Error("this browser draws nothing");
    this.context = context;
    for (const [number, { colour }] of content.dots.entries()) {
      const numbers = this.byColour.get(colour);
      if (numbers === undefined) this.byColour.set(colour, [number]);
      else numbers.push(number);
    }
    this.canvas.className = "absolute origin-top-left";
    this.mark.className =
      "pointer-events-none absolute top-0 left-0 hidden rounded border border-line bg-panel px-1.5 py-0.5 text-xs wrap-anywhere shadow";
    box.append(this.canvas, this.mark);
    box.addEventListener("pointerdown", this.onDown);
    box.addEventListener("pointermove", this.onHover);
    box.addEventListener("pointerleave", this.onLeave);
    box.addEventListener("wheel", this.onWheel, { passive: false });
    window.addEventListener("pointermove", this.onMove);
    window.addEventListener("pointerup", this.onUp);
    window.addEventListener("pointercancel", this.onUp);
    this.watcher = new ResizeObserver(() => {
      this.resize();
    });
    this.watcher.observe(box);
    this.resize();
  }

  end(): void {
    cancelAnimationFrame(this.asked);
    clearTimeout(this.resting);
    this.watcher.disconnect();
    this.box.removeEventListener("pointerdown", this.onDown);
    this.box.removeEventListener("pointermove", this.onHover);
    this.box.removeEventListener("pointerleave", this.onLeave);
    this.box.removeEventListener("wheel", this.onWheel);
    window.removeEventListener("pointermove", this.onMove);
    window.removeEventListener("pointerup", this.onUp);
    window.removeEventListener("pointercancel", this.onUp);
    this.canvas.remove();
    this.mark.remove();
  }

  /** Put the dots where *places* says: x and y of each. What nobody has steered yet shows all of them. */
  place(places: Float32Array): void {
    this.places = places;
    if (!this.isSteered) this.camera = fitted(places, this.size);
    this.draw();
  }

  showAll(): void {
    this.isSteered = false;
    this.place(this.places);
  }

  zoom(factor: number): void {
    this.steer(zoomed(this.camera, this.size, factor, { x: this.size.width / 2, y: this.size.height / 2 }));
  }

  /** The view as a picture of its own. */
  picture(): HTMLCanvasElement {
    this.draw();
    const picture = document.createElement("canvas");
    const sharp = this.sharpness;
    picture.width = this.size.width * sharp;
    picture.height = this.size.height * sharp;
    const context = picture.getContext("2d");
    if (context !== null) {
      context.fillStyle = this.content.colours.panel;
      context.fillRect(0, 0, picture.width, picture.height);
      const { x, y } = this.margin;
      context.drawImage(this.canvas, -x * sharp, -y * sharp);
    }
    return picture;
  }

  private get sharpness(): number {
    return Math.min(window.devicePixelRatio, 2);
  }

  private get margin(): Point {
    return { x: Math.round(this.size.width * MARGIN), y: Math.round(this.size.height * MARGIN) };
  }

  private resize(): void {
    this.size = { width: Math.max(this.box.clientWidth, 1), height: Math.max(this.box.clientHeight, 1) };
    const { x, y } = this.margin;
    const [width, height] = [this.size.width + 2 * x, this.size.height + 2 * y];
    this.canvas.width = width * this.sharpness;
    this.canvas.height = height * this.sharpness;
    Object.assign(this.canvas.style, {
      left: `${-x}px`,
      top: `${-y}px`,
      width: `${width}px`,
      height: `${height}px`,
      maxWidth: "none",
    });
    if (!this.isSteered) this.camera = fitted(this.places, this.size);
    this.draw();
  }

  private steer(camera: Camera): void {
    this.isSteered = true;
    this.camera = camera;
    this.mark.classList.add("hidden");
    cancelAnimationFrame(this.asked);
    this.asked = requestAnimationFrame(() => {
      if (this.costMs <= QUICK_MS || !this.move()) this.draw();
    });
  }

  /** Move the last picture to where it would be drawn, and draw it when the hand rests; false where it has no more. */
  private move(): boolean {
    const { x, y, stretch } = moved(this.taken, this.camera, this.size);
    const margin = this.margin;
    if (stretch > MOST_STRETCH || Math.abs(x) > margin.x || Math.abs(y) > margin.y) return false;
    // The canvas begins outside of the view, by its margin.
    const [left, top] = [x + margin.x * (1 - stretch), y + margin.y * (1 - stretch)];
    this.canvas.style.transform = `translate(${left}px, ${top}px) scale(${stretch})`;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.draw();
    }, REST_MS);
    return true;
  }

  private draw(): void {
    const begun = performance.now();
    clearTimeout(this.resting);
    const { context, sharpness: sharp, margin } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(sharp, 0, 0, sharp, margin.x * sharp, margin.y * sharp);
    const stands = this.standing();
    this.drawLines(stands);
    this.drawDots(stands);
    this.drawLabels(stands);
    this.canvas.style.transform = "";
    this.taken = this.camera;
    this.costMs = performance.now() - begun;
  }

  /** Where each dot stands on the screen. */
  private standing(): Float32Array {
    const stands = new Float32Array(this.places.length);
    for (let at = 0; at < stands.length; at += 2) {
      const { x, y } = onScreen(this.camera, this.size, this.places[at] ?? 0, this.places[at + 1] ?? 0);
      stands[at] = x;
      stands[at + 1] = y;
    }
    return stands;
  }

  private isSeen(x: number, y: number): boolean {
    const { x: right, y: down } = this.margin;
    return x > -right && x < this.size.width + right && y > -down && y < this.size.height + down;
  }

  private drawLines(stands: Float32Array): void {
    const { context, content } = this;
    const { lines } = content;
    const hasArrows = lines.length / 2 <= ARROWS_UP_TO;
    context.strokeStyle = context.fillStyle = content.colours.line;
    context.lineWidth = 1;
    for (let first = 0; first < lines.length; first += 2 * CHUNK) {
      context.beginPath();
      for (let at = first; at < Math.min(first + 2 * CHUNK, lines.length); at += 2) {
        const [from, to] = [2 * (lines[at] ?? 0), 2 * (lines[at + 1] ?? 0)];
        const [x, y] = [stands[from] ?? 0, stands[from + 1] ?? 0];
        const [endX, endY] = [stands[to] ?? 0, stands[to + 1] ?? 0];
        if (!this.isSeen(x, y) && !this.isSeen(endX, endY)) continue;
        context.moveTo(x, y);
        context.lineTo(endX, endY);
        if (hasArrows) this.drawHead(x, y, endX, endY, content.dots[to / 2]?.radius ?? 0);
      }
      context.stroke();
    }
  }

  /** The two strokes that show where a line points, at the rim of its end. */
  private drawHead(x: number, y: number, endX: number, endY: number, rim: number): void {
    const angle = Math.atan2(endY - y, endX - x);
    const [tipX, tipY] = [endX - Math.cos(angle) * rim, endY - Math.sin(angle) * rim];
    for (const turned of [angle - 0.4, angle + 0.4]) {
      this.context.moveTo(tipX, tipY);
      this.context.lineTo(tipX - Math.cos(turned) * ARROW, tipY - Math.sin(turned) * ARROW);
    }
  }

  private drawDots(stands: Float32Array): void {
    const { context, content } = this;
    for (const [colour, numbers] of this.byColour) {
      context.fillStyle = colour;
      for (let first = 0; first < numbers.length; first += CHUNK) {
        context.beginPath();
        for (const number of numbers.slice(first, first + CHUNK)) {
          const [x, y] = [stands[2 * number] ?? 0, stands[2 * number + 1] ?? 0];
          const radius = content.dots[number]?.radius ?? 0;
          if (!this.isSeen(x, y)) continue;
          context.moveTo(x + radius, y);
          context.arc(x, y, radius, 0, 2 * Math.PI);
        }
        context.fill();
      }
    }
  }

  /** Names as far as there is room; the first dots are the nearest ones and come first. */
  private drawLabels(stands: Float32Array): void {
    const { context, content } = this;
    const taken = new Set<string>();
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.strokeStyle = content.colours.panel;
    context.fillStyle = content.colours.ink;
    for (const [number, dot] of content.dots.entries()) {
      if (taken.size >= 2 * LABELS) return;
      const [x, y] = [stands[2 * number] ?? 0, stands[2 * number + 1] ?? 0];
      const [column, row] = [Math.floor(x / LABEL_CELL.width), Math.floor(y / LABEL_CELL.height)];
      // A name may run into the next cell.
      const cells = [`${column} ${row}`, `${column + 1} ${row}`];
      if (!this.isSeen(x, y) || cells.some((cell) => taken.has(cell))) continue;
      for (const cell of cells) taken.add(cell);
      context.strokeText(dot.label, x + dot.radius + 4, y);
      context.fillText(dot.label, x + dot.radius + 4, y);
    }
  }

  /** The number of the dot at *point* of the view, if there is one. */
  private dotAt({ x, y }: Point): number | undefined {
    let found: number | undefined;
    let nearest = Infinity;
    for (const [number, { radius }] of this.content.dots.entries()) {
      const at = onScreen(
        this.camera,
        this.size,
        this.places[2 * number] ?? 0,
        this.places[2 * number + 1] ?? 0,
      );
      const distance = Math.hypot(at.x - x, at.y - y);
      if (distance < nearest && distance <= radius + CLICK_PX) {
        nearest = distance;
        found = number;
      }
    }
    return found;
  }

  private where(event: MouseEvent): Point {
    const { left, top } = this.box.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  private readonly onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    if (this.pointers.size === 0) this.travelled = 0;
    this.pointers.set(event.pointerId, this.where(event));
  };

  private readonly onMove = (event: PointerEvent): void => {
    const before = this.pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = this.where(event);
    const by = { x: now.x - before.x, y: now.y - before.y };
    this.travelled += Math.hypot(by.x, by.y);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    if (this.travelled <= CLICK_PX) return;
    if (other === undefined) this.steer(dragged(this.camera, by));
    else {
      // Two fingers: what is between them grows with their distance.
      const apart = Math.hypot(before.x - other.x, before.y - other.y);
      const factor = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(apart, 1);
      const between = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      this.steer(zoomed(this.camera, this.size, factor, between));
    }
  };

  private readonly onUp = (event: PointerEvent): void => {
    const at = this.pointers.get(event.pointerId);
    if (at === undefined) return;
    this.pointers.delete(event.pointerId);
    if (event.type === "pointercancel" || this.travelled > CLICK_PX) return;
    const dot = this.content.dots[this.dotAt(at) ?? -1];
    if (dot !== undefined) this.onOpen(dot.key);
  };

  private readonly onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    this.steer(zoomed(this.camera, this.size, Math.exp(-event.deltaY / 400), this.where(event)));
  };

  private readonly onLeave = (): void => {
    this.mark.classList.add("hidden");
  };

  private readonly onHover = (event: PointerEvent): void => {
    if (this.pointers.size > 0) return;
    const number = this.dotAt(this.where(event));
    const dot = this.content.dots[number ?? -1];
    this.mark.classList.toggle("hidden", dot === undefined);
    this.box.classList.toggle("cursor-pointer", dot !== undefined);
    if (dot === undefined || number === undefined) return;
    const { x, y } = onScreen(
      this.camera,
      this.size,
      this.places[2 * number] ?? 0,
      this.places[2 * number + 1] ?? 0,
    );
    this.mark.textContent = dot.label;
    this.mark.style.transform = `translate(${x + dot.radius + 6}px, ${y - 12}px)`;
  };
}
