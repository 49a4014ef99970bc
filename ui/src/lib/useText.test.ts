import { expect, test } from "vitest";
import { linesIn, wordsIn } from "@/lib/useText";

test("words stand between commas, spaces or lines, each once", () => {
  expect(wordsIn(" example.com,192.0.2.0/28\n example.com ,, ")).toEqual(["example.com", "192.0.2.0/28"]);
  expect(wordsIn(" \n ")).toEqual([]);
});

test("a line may hold several words", () => {
  expect(linesIn("Ann Smith\n\n ann \nann")).toEqual(["Ann Smith", "ann"]);
});
