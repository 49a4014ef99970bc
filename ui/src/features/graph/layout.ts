/** Where the nodes of a drawing stand. */
import type Graph from "graphology";
import forceAtlas2 from "graphology-layout-forceatlas2";
import defaults from "graphology-layout-forceatlas2/defaults.js";
import helpers from "graphology-layout-forceatlas2/helpers.js";
import iterate from "graphology-layout-forceatlas2/iterate.js";

const ROUNDS = 120;
const ROUNDS_OF_MANY = 60;
const MANY = 1_500;
/** Numbers that the layout keeps of one node; the first two are x and y. */
const FIELDS = 10;
const APPROXIMATE_FROM = 200;
/** Half a frame: the page answers to its reader while the drawing settles. */
const BUDGET_MS = 8;
/** Drawing takes at most about one part in so many of the time, also where a processor does what a graphics card should. */
const PARTS = 8;
const GOLDEN_ANGLE = 2.399963;

/** Where the node *at* stands at first: evenly spread, and the same each time. */
export function startOf(at: number): { x: number; y: number } {
  const distance = Math.sqrt(at);
  return { x: Math.cos(at * GOLDEN_ANGLE) * distance, y: Math.sin(at * GOLDEN_ANGLE) * distance };
}

/** Let the forces between the nodes settle, a few rounds in each frame.
 *
 * The page's Content-Security-Policy makes no script from an address, so no worker can do it.
 *
 * @param onPlaced gets x and y of each node, in the order of the graph, and whether they stay there.
 * @returns what stops it.
 */
export function settle(
  graph: Graph,
  onPlaced: (places: Float32Array, isSettled: boolean) => void,
): () => void {
  const settings = {
    ...defaults,
    ...forceAtlas2.inferSettings(graph),
    barnesHutOptimize: graph.order > APPROXIMATE_FROM,
  };
  const { nodes, edges } = helpers.graphToByteArrays(graph, () => 1);
  let left = graph.order > MANY ? ROUNDS_OF_MANY : ROUNDS;
  let asked = requestAnimationFrame(frame);
  let drawnAt = performance.now();
  let isDrawing = false;
  let pause = 0;

  function frame() {
    const begun = performance.now();
    if (isDrawing) pause = PARTS * (begun - drawnAt);
    isDrawing = false;
    do {
      iterate(settings, nodes, edges);
      left -= 1;
    } while (left > 0 && performance.now() - begun < BUDGET_MS);
    if (left === 0 || begun - drawnAt >= pause) {
      drawnAt = performance.now();
      onPlaced(placesIn(nodes), left === 0);
      isDrawing = true;
    }
    if (left > 0) asked = requestAnimationFrame(frame);
  }

  return () => {
    cancelAnimationFrame(asked);
  };
}

function placesIn(nodes: Float32Array): Float32Array {
  const places = new Float32Array((2 * nodes.length) / FIELDS);
  for (let at = 0; at < places.length; at += 2) {
    const node = (at / 2) * FIELDS;
    places[at] = nodes[node] ?? 0;
    places[at + 1] = nodes[node + 1] ?? 0;
  }
  return places;
}
