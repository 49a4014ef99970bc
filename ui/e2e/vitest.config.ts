import { defineConfig } from "vitest/config";

/** One server with the lab's data for all files; they run one after the other because they change that data. */
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ["*.test.ts"],
    globalSetup: ["server.ts"],
    fileParallelism: false,
    // How long a slow machine may take; a quick one never waits for it.
    testTimeout: 60_000,
    hookTimeout: 400_000,
    // A crowded machine may starve a browser once; what is broken fails again.
    retry: 2,
    expect: { poll: { timeout: 30_000 } },
  },
});
