import { expect, test } from "vitest";
import { chosen } from "@/features/schedules/options";

test("what says nothing is left to the server", () => {
  expect(chosen({ seeds: " ", due_only: "true" })).toEqual({ due_only: "true" });
});

test("a report is about everything, a table about what was chosen", () => {
  const options = { kinds: "risks", filter: "score>=70", keep: "3" };

  expect(chosen({ ...options, format: "pdf" })).toEqual({ format: "pdf", keep: "3" });
  expect(chosen({ ...options, format: "csv" })).toEqual({ ...options, format: "csv" });
});
