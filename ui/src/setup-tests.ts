import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

/** The document of these tests has no layout: what asks for sizes is told that nothing ever changes. */
class NoResizing implements ResizeObserver {
  observe() {
    return undefined;
  }
  unobserve() {
    return undefined;
  }
  disconnect() {
    return undefined;
  }
}
globalThis.ResizeObserver = NoResizing;

afterEach(cleanup);
