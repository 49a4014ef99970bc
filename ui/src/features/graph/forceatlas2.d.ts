/** The parts of the layout that its package does not describe: one round, and the arrays that it works on. */
declare module "graphology-layout-forceatlas2/helpers.js" {
  import type Graph from "graphology";

  export interface Matrices {
    nodes: Float32Array;
    edges: Float32Array;
  }
  const helpers: {
    graphToByteArrays: (graph: Graph, weight: () => number) => Matrices;
  };
  export default helpers;
}

declare module "graphology-layout-forceatlas2/iterate.js" {
  import type { ForceAtlas2Settings } from "graphology-layout-forceatlas2";

  const iterate: (settings: ForceAtlas2Settings, nodes: Float32Array, edges: Float32Array) => unknown;
  export default iterate;
}

declare module "graphology-layout-forceatlas2/defaults.js" {
  import type { ForceAtlas2Settings } from "graphology-layout-forceatlas2";

  const defaults: ForceAtlas2Settings;
  export default defaults;
}
