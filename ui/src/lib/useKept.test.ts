import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { isTexts, useKept } from "@/lib/useKept";

beforeEach(() => {
  localStorage.clear();
});

test("a choice is there again when the page comes back", () => {
  const first = renderHook(() => useKept("columns", ["name"], isTexts));
  act(() => {
    first.result.current[1](["name", "status"]);
  });
  const again = renderHook(() => useKept("columns", ["name"], isTexts));

  expect(again.result.current[0]).toEqual(["name", "status"]);
});

test.each(["{", "null", "[1]", '{"a":1}'])("what was kept as %s counts as nothing", (text) => {
  localStorage.setItem("chariot.kept.columns", text);

  expect(renderHook(() => useKept("columns", ["name"], isTexts)).result.current[0]).toEqual(["name"]);
});
