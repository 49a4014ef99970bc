import { expect, test } from "vitest";
import { inTurn } from "@/lib/inTurn";

test("one that fails does not stop the others", async () => {
  const { done, failed } = await inTurn(["a", "b", "c"], (key) =>
    key === "b" ? Promise.reject(new Error("refused")) : Promise.resolve(),
  );

  expect(done).toBe(2);
  expect(failed.map(({ key, error }) => [key, error.message])).toEqual([["b", "refused"]]);
});

test("only a few are at work at a time", async () => {
  let working = 0;
  let most = 0;
  const keys = Array.from({ length: 40 }, (_, number) => String(number));
  await inTurn(keys, async () => {
    working += 1;
    most = Math.max(most, working);
    await Promise.resolve();
    working -= 1;
  });

  expect(most).toBeLessThanOrEqual(4);
});
