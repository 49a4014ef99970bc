import { expect, test } from "vitest";
import { covers } from "@/lib/permissions";

test.each([
  [["*"], "risks:write", true],
  [["risks:*"], "risks:write", true],
  [["*:read"], "risks:read", true],
  [["*:read"], "risks:write", false],
  [["risks:read"], "risks:write", false],
  [[], "risks:read", false],
] as const)("%j allows %s: %s", (held, permission, expected) => {
  expect(covers(held, permission)).toBe(expected);
});
