import { expect, test } from "vitest";
import { invitationIn, isDevice, wasRefused } from "@/features/signin/account";

test("an invitation is read from the address, and nothing else is taken for one", () => {
  expect(invitationIn("#invitation=ada@example.com:x-Y_9")).toEqual({
    user: "ada@example.com",
    code: "x-Y_9",
  });
  for (const hash of [
    "",
    "#invitation=",
    "#invitation=ada",
    "#invitation=ada:",
    "#code=x",
    "#invitation=a:<b>",
  ]) {
    expect(invitationIn(hash)).toBeNull();
  }
});

test("what the address asks for is told apart", () => {
  expect([isDevice("#device"), isDevice("#devices"), wasRefused("#signin=refused"), wasRefused("")]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
