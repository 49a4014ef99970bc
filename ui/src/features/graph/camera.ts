/** Which part of a drawing a reader looks at, and where it stands on their screen. */

export interface Point {
  x: number;
  y: number;
}

/** The middle of the view in the drawing's own measure, and how many pixels one of it takes. */
export interface Camera extends Point {
  scale: number;
}

export interface Size {
  width: number;
  height: number;
}

const LEAST = 0.01;
const MOST = 400;
/** How much of the view the whole drawing takes. */
const FILLED = 0.86;

/** Where *point* of the drawing stands on the screen. */
export function onScreen(camera: Camera, { width, height }: Size, x: number, y: number): Point {
  return { x: (x - camera.x) * camera.scale + width / 2, y: (y - camera.y) * camera.scale + height / 2 };
}

/** The camera after the drawing was dragged by so many pixels. */
export function dragged(camera: Camera, by: Point): Camera {
  return { ...camera, x: camera.x - by.x / camera.scale, y: camera.y - by.y / camera.scale };
}

/** The camera *factor* times nearer, with what stands at *at* on the screen standing there still. */
export function zoomed(camera: Camera, { width, height }: Size, factor: number, at: Point): Camera {
  const scale = Math.min(MOST, Math.max(LEAST, camera.scale * factor));
  const [right, down] = [at.x - width / 2, at.y - height / 2];
  return {
    x: camera.x + right / camera.scale - right / scale,
    y: camera.y + down / camera.scale - down / scale,
    scale,
  };
}

/** The camera that shows all of *places*: x and y of each, one after the other. */
export function fitted(places: Float32Array, { width, height }: Size): Camera {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < places.length; at += 2) {
    const [x, y] = [places[at] ?? 0, places[at + 1] ?? 0];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  if (left > right) return { x: 0, y: 0, scale: 1 };
  const wide = Math.max(right - left, 1);
  const high = Math.max(bottom - top, 1);
  const scale = Math.min(MOST, FILLED * Math.min(width / wide, height / high));
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale };
}

/** How a picture taken by *before* is moved and stretched to stand where *now* would draw it. */
export function moved(before: Camera, now: Camera, { width, height }: Size): Point & { stretch: number } {
  const stretch = now.scale / before.scale;
  return {
    x: (width / 2) * (1 - stretch) + (before.x - now.x) * now.scale,
    y: (height / 2) * (1 - stretch) + (before.y - now.y) * now.scale,
    stretch,
  };
}
