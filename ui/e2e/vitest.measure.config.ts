import { defineConfig } from "vitest/config";

/** Measures a server that runs already; `make bench-ui` starts it. */
export default defineConfig({
  root: import.meta.dirname,
  test: { include: ["measure.ts"], testTimeout: 1_200_000 },
});
