/** The way back from an entity to the seed that it descends from. */
import type { Schemas } from "@/api/client";

export type Edge = Omit<Schemas["Edge"], "evidence">;

/** How long a way may be; longer ones say that they go on. */
export const MOST_STEPS = 12;
const DISCOVERED = "DISCOVERED";

/** Of the edges that end at one entity, the one by which it came to be known: what discovered it, else what has it. */
export function cameBy(edges: readonly Edge[]): Edge | undefined {
  return edges.find(({ type }) => type === DISCOVERED) ?? edges[0];
}

/** Walk from *key* towards its seed; *into* reads the edges that end at an entity.
 *
 * @returns the edges, the one that ends at *key* first. A circle is walked once.
 */
export async function wayBack(key: string, into: (key: string) => Promise<readonly Edge[]>): Promise<Edge[]> {
  const way: Edge[] = [];
  const met = new Set([key]);
  let at = key;
  while (way.length < MOST_STEPS) {
    // Each step is known only when the one before was read.
    const edge = cameBy((await into(at)).filter(({ source }) => !met.has(source)));
    if (edge === undefined) break;
    way.push(edge);
    met.add(edge.source);
    at = edge.source;
  }
  return way;
}
