import { expect, test } from "vitest";
import { ageFilter, ageWords } from "@/features/overview/ages";

const AGES = [
  { from_days: 0, below_days: 7 },
  { from_days: 7, below_days: 30 },
  { from_days: 30, below_days: 90 },
  { from_days: 90, below_days: null },
];

test("each moment of the past is in one age: none is counted twice or left out", () => {
  const now = Date.parse("2030-06-01T00:00:00Z");
  const filters = AGES.map((age) => ageFilter(age, now));

  expect(filters[0]).toBe("state=triage,open created>2030-05-25T00:00:00.000Z");
  expect(filters[1]).toBe(
    "state=triage,open created<=2030-05-25T00:00:00.000Z created>2030-05-02T00:00:00.000Z",
  );
  expect(filters[3]).toBe("state=triage,open created<=2030-03-03T00:00:00.000Z");
});

test("an age is called as people speak of it", () => {
  expect(AGES.map(ageWords)).toEqual(["Up to a week", "Up to a month", "Up to 90 days", "Longer"]);
});
