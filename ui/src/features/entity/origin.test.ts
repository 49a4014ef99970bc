import { expect, test } from "vitest";
import { type Edge, MOST_STEPS, wayBack } from "@/features/entity/origin";

function edge(source: string, target: string, type = "DISCOVERED"): Edge {
  return {
    source,
    target,
    type,
    origins: ["dns"],
    first_seen: "2026-01-01T00:00:00Z",
    last_seen: "2026-01-01T00:00:00Z",
  } as unknown as Edge;
}

function among(edges: readonly Edge[]) {
  return (key: string) => Promise.resolve(edges.filter(({ target }) => target === key));
}

test("the way goes back to the seed, step by step", async () => {
  const edges = [edge("#seed#a.test", "#domain#a.test"), edge("#domain#a.test", "#domain#www.a.test")];

  const way = await wayBack("#domain#www.a.test", among(edges));

  expect(way.map(({ source }) => source)).toEqual(["#domain#a.test", "#seed#a.test"]);
});

test("what discovered something comes before what merely has it", async () => {
  const edges = [edge("#address#1", "#port#1", "HAS_PORT"), edge("#netblock#1", "#port#1")];

  const way = await wayBack("#port#1", among(edges));

  expect(way.map(({ source }) => source)).toEqual(["#netblock#1"]);
});

test("a circle ends, and so does a way without end", async () => {
  const circle = [edge("#a#1", "#a#2"), edge("#a#2", "#a#1")];
  expect(await wayBack("#a#1", among(circle))).toHaveLength(1);

  const endless = (key: string) => Promise.resolve([edge(`${key}x`, key)]);
  expect(await wayBack("#a#1", endless)).toHaveLength(MOST_STEPS);
});
