import { expect, test } from "vitest";
import { inTree } from "@/lib/tree";

function laid(items: { name: string; parent: string }[]): string[] {
  return inTree(items).map(({ item, depth }) => `${depth} ${item.name}`);
}

test("each stands after what it is below, by name", () => {
  expect(
    laid([
      { name: "globex", parent: "provider" },
      { name: "lab", parent: "globex" },
      { name: "provider", parent: "" },
      { name: "acme", parent: "provider" },
    ]),
  ).toEqual(["0 provider", "1 acme", "1 globex", "2 lab"]);
});

test("one whose place above is not seen stands at the top", () => {
  expect(laid([{ name: "globex", parent: "provider" }])).toEqual(["0 globex"]);
});
