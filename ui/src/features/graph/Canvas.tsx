/** Draws a graph with WebGL: smooth at ten thousand nodes. Whatever it shows also stands in a list. */
import Graph from "graphology";
import forceAtlas2 from "graphology-layout-forceatlas2";
import { useEffect, useRef } from "react";
import Sigma from "sigma";
import { useTheme } from "@/app/theme";
import { Button } from "@/components/Button";
import type { Schemas } from "@/api/client";
import { keyKind, keyName } from "@/lib/format";

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
const ROUNDS = 120;
const ROUNDS_OF_MANY = 40;
const MANY = 1_500;

export interface CanvasProps {
  centre: string;
  keys: readonly string[];
  links: readonly Schemas["Link"][];
  onOpen: (key: string) => void;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function laidOut({ centre, keys, links }: Pick<CanvasProps, "centre" | "keys" | "links">): Graph {
  const graph = new Graph({ type: "directed", multi: true });
  keys.forEach((key, at) => {
    // A golden angle spreads the beginning evenly, and the same graph is drawn the same way each time.
    const angle = at * 2.399963;
    const distance = Math.sqrt(at);
    graph.addNode(key, {
      label: keyName(key),
      x: Math.cos(angle) * distance,
      y: Math.sin(angle) * distance,
      size: key === centre ? 12 : 5,
      color: colour(TONES[keyKind(key)] ?? "quiet"),
    });
  });
  for (const { source, target, type } of links) {
    if (graph.hasNode(source) && graph.hasNode(target)) {
      graph.addEdge(source, target, { label: type, color: colour("line"), size: 1 });
    }
  }
  forceAtlas2.assign(graph, {
    iterations: keys.length > MANY ? ROUNDS_OF_MANY : ROUNDS,
    settings: { ...forceAtlas2.inferSettings(graph), barnesHutOptimize: keys.length > 200 },
  });
  return graph;
}

export default function Canvas({ centre, keys, links, onOpen }: CanvasProps) {
  const box = useRef<HTMLDivElement>(null);
  const drawing = useRef<Sigma | null>(null);
  const [theme] = useTheme();

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const sigma = new Sigma(laidOut({ centre, keys, links }), element, {
      allowInvalidContainer: true,
      renderEdgeLabels: false,
      labelColor: { color: colour("ink") },
      defaultEdgeType: "arrow",
      labelRenderedSizeThreshold: 5,
    });
    sigma.on("clickNode", ({ node }) => {
      onOpen(node);
    });
    drawing.current = sigma;
    return () => {
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
    picture.toBlob((blob) => {
      if (blob === null) return;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = "chariot-graph.png";
      link.click();
      URL.revokeObjectURL(link.href);
    });
  }

  return (
    <>
      <div ref={box} role="img" aria-label={`Graph of ${keys.length} entities`} className="h-136 w-full" />
      <Button look="quiet" onClick={save}>
        Save the picture
      </Button>
    </>
  );
}
