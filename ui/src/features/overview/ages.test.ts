import { expect, test } from "vitest";
import { AGES, ageFilter } from "@/features/overview/ages";

test("each moment of the past is in one age: none is counted twice or left out", () => {
  const now = Date.parse("2030-06-01T00:00:00Z");
  const filters = AGES.map((age) => ageFilter(age, now));

  expect(filters[0]).toBe("state=triage,open created>2030-05-25T00:00:00.000Z");
  expect(filters[1]).toBe(
    "state=triage,open created<=2030-05-25T00:00:00.000Z created>2030-05-02T00:00:00.000Z",
  );
  expect(filters[3]).toBe("state=triage,open created<=2030-03-03T00:00:00.000Z");
});
