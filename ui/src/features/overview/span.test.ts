import { expect, test } from "vitest";
import { intervalOf, isChosen } from "@/features/overview/span";

const NOW = Date.parse("2026-06-01T00:00:00Z");

test.each([
  ["24h", "hour"],
  ["7d", "hour"],
  ["30d", "day"],
  ["90d", "day"],
  ["2026-05-30T00:00:00Z", "hour"],
  ["2026-01-01T00:00:00Z", "day"],
  ["2020-01-01T00:00:00Z", "week"],
])("a chart since %s has a moment for each %s", (since, interval) => {
  expect(intervalOf(since, NOW)).toBe(interval);
});

test("an instant is a choice of one's own", () => {
  expect(isChosen("7d")).toBe(false);
  expect(isChosen("2026-05-30T00:00:00Z")).toBe(true);
});
