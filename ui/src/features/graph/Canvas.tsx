/** Draws a graph with WebGL: smooth at ten thousand nodes. Whatever it shows also stands in a list. */
import Graph from "graphology";
import { useEffect, useRef, useState } from "react";
import Sigma from "sigma";
import { useTheme } from "@/app/theme";
import { Button } from "@/components/Button";
import type { Schemas } from "@/api/client";
import { settle, startOf } from "@/features/graph/layout";
import { keyKind, keyName, kindWord } from "@/lib/format";
import { savePicture } from "@/lib/save";

const TONES: Readonly<Record<string, string>> = {
  risk: "critical",
  vulnerability: "critical",
  domain: "accent",
  address: "low",
  netblock: "low",
  port: "medium",
  webapplication: "good",
  technology: "high",
};

const LABEL = 36;
/** From so many on, of entities or relationships, each is drawn with less. */
const MANY = 1_500;

export interface CanvasProps {
  centre: string;
  keys: readonly string[];
  links: readonly Schemas["Link"][];
  onOpen: (key: string) => void;
}

function toneOf(key: string): string {
  return TONES[keyKind(key)] ?? "quiet";
}

/** A name that would run across its neighbours is cut; the list below has all of it. */
function shortened(name: string): string {
  return name.length > LABEL ? `${name.slice(0, LABEL)}…` : name;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function drawn({ centre, keys, links }: Pick<CanvasProps, "centre" | "keys" | "links">): Graph {
  const graph = new Graph({ type: "directed", multi: true });
  keys.forEach((key, at) => {
    graph.addNode(key, {
      label: shortened(keyName(key)),
      ...startOf(at),
      size: key === centre ? 12 : keys.length > MANY ? 3 : 5,
      color: colour(toneOf(key)),
    });
  });
  const line = colour("edge");
  for (const { source, target, type } of links) {
    if (graph.hasNode(source) && graph.hasNode(target)) {
      graph.addEdge(source, target, { label: type, color: line, size: 1 });
    }
  }
  return graph;
}

export default function Canvas({ centre, keys, links, onOpen }: CanvasProps) {
  const box = useRef<HTMLDivElement>(null);
  const drawing = useRef<Sigma | null>(null);
  const [theme] = useTheme();
  const [isSettling, setIsSettling] = useState(true);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    setIsSettling(true);
    const graph = drawn({ centre, keys, links });
    const sigma = new Sigma(graph, element, {
      allowInvalidContainer: true,
      renderEdgeLabels: false,
      labelColor: { color: colour("ink") },
      // Where lines lie that close nobody sees where they point, and they wait while the drawing is moved.
      defaultEdgeType: links.length > MANY ? "line" : "arrow",
      hideEdgesOnMove: links.length > MANY,
      hideLabelsOnMove: links.length > MANY,
      labelRenderedSizeThreshold: 5,
    });
    sigma.on("clickNode", ({ node }) => {
      onOpen(node);
    });
    drawing.current = sigma;
    const stop = settle(graph, () => {
      setIsSettling(false);
    });
    return () => {
      stop();
      drawing.current = null;
      sigma.kill();
    };
  }, [centre, keys, links, onOpen, theme]);

  function save() {
    const sigma = drawing.current;
    if (sigma === null) return;
    const layers = Object.values(sigma.getCanvases());
    const picture = document.createElement("canvas");
    const first = layers[0];
    const context = picture.getContext("2d");
    if (first === undefined || context === null) return;
    picture.width = first.width;
    picture.height = first.height;
    context.fillStyle = colour("panel");
    context.fillRect(0, 0, picture.width, picture.height);
    // WebGL forgets its picture after each frame: draw it once more in this one.
    sigma.refresh();
    for (const layer of layers) context.drawImage(layer, 0, 0);
    savePicture("chariot-graph.png", picture);
  }

  return (
    <>
      <div
        ref={box}
        role="img"
        aria-busy={isSettling}
        aria-label={`Graph of ${keys.length} entities`}
        className="h-136 w-full"
      />
      <div className="mt-1 flex flex-wrap items-center justify-between gap-2">
        <Legend keys={keys} />
        <Button onClick={save}>Save the picture</Button>
      </div>
    </>
  );
}

/** What the colours stand for, of the kinds that are there. */
function Legend({ keys }: { keys: readonly string[] }) {
  const kinds = [...new Set(keys.map(keyKind))].sort();
  return (
    <ul aria-label="Colours" className="flex flex-wrap gap-x-3 gap-y-1 text-xs text-quiet">
      {kinds.map((kind) => (
        <li key={kind} className="flex items-center gap-1.5">
          <svg aria-hidden="true" width="10" height="10">
            <circle cx="5" cy="5" r="5" style={{ fill: `var(--${TONES[kind] ?? "quiet"})` }} />
          </svg>
          {kindWord(kind)}
        </li>
      ))}
    </ul>
  );
}
