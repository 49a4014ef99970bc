import { expect, test } from "vitest";
import { words } from "@/features/scans/orderedScans";

test("seeds stand between commas, spaces or lines, each once", () => {
  expect(words(" example.com,192.0.2.0/28\n example.com ,, ")).toEqual(["example.com", "192.0.2.0/28"]);
  expect(words(" \n ")).toEqual([]);
});
