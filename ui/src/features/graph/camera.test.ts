import { expect, test } from "vitest";
import { type Camera, dragged, fitted, moved, onScreen, zoomed } from "@/features/graph/camera";

const SIZE = { width: 400, height: 200 };
const CAMERA: Camera = { x: 10, y: -5, scale: 2 };

test("what is dragged goes with the hand", () => {
  const before = onScreen(CAMERA, SIZE, 3, 4);
  const after = onScreen(dragged(CAMERA, { x: 30, y: -7 }), SIZE, 3, 4);
  expect(after).toEqual({ x: before.x + 30, y: before.y - 7 });
});

test("what is under the pointer stays there when one goes nearer", () => {
  const at = onScreen(CAMERA, SIZE, 3, 4);
  const near = zoomed(CAMERA, SIZE, 1.5, at);
  expect(near.scale).toBe(3);
  expect(onScreen(near, SIZE, 3, 4).x).toBeCloseTo(at.x);
  expect(onScreen(near, SIZE, 3, 4).y).toBeCloseTo(at.y);
});

test("nobody goes nearer or farther than there is something to see", () => {
  expect(zoomed(CAMERA, SIZE, 1e9, { x: 0, y: 0 }).scale).toBe(400);
  expect(zoomed(CAMERA, SIZE, 1e-9, { x: 0, y: 0 }).scale).toBe(0.01);
});

test("all of a drawing fits, in its middle", () => {
  const camera = fitted(new Float32Array([0, 0, 100, 20]), SIZE);
  expect(onScreen(camera, SIZE, 50, 10)).toEqual({ x: 200, y: 100 });
  expect(onScreen(camera, SIZE, 0, 0).x).toBeGreaterThan(0);
  expect(onScreen(camera, SIZE, 100, 20).x).toBeLessThan(400);
});

test.each([[[]], [[7, 7]]])("a drawing of nothing or of one thing has a camera: %j", (places) => {
  expect(Number.isFinite(fitted(new Float32Array(places), SIZE).scale)).toBe(true);
});

test("a picture that is moved stands where it would be drawn", () => {
  const now = zoomed(dragged(CAMERA, { x: 12, y: 8 }), SIZE, 1.3, { x: 50, y: 60 });
  const { x, y, stretch } = moved(CAMERA, now, SIZE);
  const drawn = onScreen(CAMERA, SIZE, 3, 4);
  expect(drawn.x * stretch + x).toBeCloseTo(onScreen(now, SIZE, 3, 4).x);
  expect(drawn.y * stretch + y).toBeCloseTo(onScreen(now, SIZE, 3, 4).y);
});
