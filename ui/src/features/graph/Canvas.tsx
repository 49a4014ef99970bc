/** A graph as a picture. Whatever it shows also stands in a list. */
import Graph from "graphology";
import { useEffect, useRef, useState } from "react";
import { useTheme } from "@/app/theme";
import { Button } from "@/components/Button";
import type { Schemas } from "@/api/client";
import { type Content, Drawing } from "@/features/graph/Drawing";
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
const NEARER = 1.4;
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

type Shown = Pick<CanvasProps, "centre" | "keys" | "links">;

function graphOf({ keys, links }: Shown): Graph {
  const graph = new Graph({ type: "directed", multi: true });
  keys.forEach((key, at) => {
    graph.addNode(key, startOf(at));
  });
  for (const { source, target } of links) {
    if (graph.hasNode(source) && graph.hasNode(target)) graph.addEdge(source, target);
  }
  return graph;
}

function contentOf({ centre, keys, links }: Shown): Content {
  const numbers = new Map(keys.map((key, number) => [key, number]));
  const ends = links.flatMap(({ source, target }) => {
    const [from, to] = [numbers.get(source), numbers.get(target)];
    return from === undefined || to === undefined ? [] : [from, to];
  });
  const colours = new Map([...new Set(keys.map(toneOf))].map((tone) => [tone, colour(tone)]));
  return {
    dots: keys.map((key) => ({
      key,
      label: shortened(keyName(key)),
      colour: colours.get(toneOf(key)) ?? "",
      radius: key === centre ? 9 : keys.length > MANY ? 3 : 5,
    })),
    lines: Uint32Array.from(ends),
    colours: { line: colour("edge"), ink: colour("ink"), panel: colour("panel") },
  };
}

export default function Canvas({ centre, keys, links, onOpen }: CanvasProps) {
  const box = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | null>(null);
  const opened = useRef(onOpen);
  const [theme] = useTheme();
  const [isSettling, setIsSettling] = useState(true);

  // Another way to open things is no reason to draw all of them anew.
  useEffect(() => {
    opened.current = onOpen;
  }, [onOpen]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    setIsSettling(true);
    const shown = { centre, keys, links };
    const made = new Drawing(element, contentOf(shown), (key) => {
      opened.current(key);
    });
    drawing.current = made;
    const stop = settle(graphOf(shown), (places, isSettled) => {
      made.place(places);
      if (isSettled) setIsSettling(false);
    });
    return () => {
      stop();
      drawing.current = null;
      made.end();
    };
  }, [centre, keys, links, theme]);

  function save() {
    if (drawing.current !== null) savePicture("chariot-graph.png", drawing.current.picture());
  }

  return (
    <>
      <div
        ref={box}
        role="img"
        aria-busy={isSettling}
        aria-label={`Graph of ${keys.length} entities`}
        className="relative h-136 w-full cursor-grab touch-none overflow-hidden select-none active:cursor-grabbing"
      />
      <div className="mt-1 flex flex-wrap items-center justify-between gap-2">
        <Legend keys={keys} />
        <span className="flex flex-wrap gap-2">
          <Button aria-label="Nearer" onClick={() => drawing.current?.zoom(NEARER)}>
            +
          </Button>
          <Button aria-label="Farther" onClick={() => drawing.current?.zoom(1 / NEARER)}>
            −
          </Button>
          <Button onClick={() => drawing.current?.showAll()}>Show all</Button>
          <Button onClick={save}>Save the picture</Button>
        </span>
      </div>
    </>
  );
}

/** What the colours stand for, of the kinds that are there. */
function Legend({ keys }: { keys: readonly string[] }) {
  const kinds = [...new Set(keys.map(keyKind))].sort();
  // Kinds of one colour stand together: beside each other they would look as if they could be told apart.
  const groups = [...Map.groupBy(kinds, (kind) => TONES[kind] ?? "quiet")];
  return (
    <ul aria-label="Colours" className="flex flex-wrap gap-x-3 gap-y-1 text-xs text-quiet">
      {groups.map(([tone, members]) => (
        <li key={tone} className="flex items-center gap-1.5">
          <svg aria-hidden="true" width="10" height="10" className="shrink-0">
            <circle cx="5" cy="5" r="5" style={{ fill: `var(--${tone})` }} />
          </svg>
          {members.map(kindWord).join(", ")}
        </li>
      ))}
    </ul>
  );
}
