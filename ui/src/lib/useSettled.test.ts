import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useSettled } from "@/lib/useSettled";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function pass(milliseconds: number) {
  act(() => {
    vi.advanceTimersByTime(milliseconds);
  });
}

test("what is still being typed is not asked for", () => {
  const { result, rerender } = renderHook(({ text }) => useSettled(text), { initialProps: { text: "a" } });
  rerender({ text: "ab" });
  pass(200);
  rerender({ text: "abc" });
  pass(200);
  expect(result.current).toBe("a");

  pass(100);
  expect(result.current).toBe("abc");
});
