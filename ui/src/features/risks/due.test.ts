import { expect, test } from "vitest";
import { dayOf, endOfDay } from "@/features/risks/due";

test("a day survives the way to the server and back, in whatever zone", () => {
  expect(dayOf(endOfDay("2030-02-28"))).toBe("2030-02-28");
});

test("no date is no day", () => {
  expect(dayOf(null)).toBe("");
});
