import { describe, expect, test } from "vitest";
import { equals, terms, withTerm, withoutTerm } from "@/lib/terms";

describe("terms", () => {
  test.each([
    ["", []],
    ["score>=70 state=open", ["score>=70", "state=open"]],
    ["score >= 70 and state=open", ["score >= 70", "state=open"]],
    ["severity=high,critical", ["severity=high,critical"]],
    ['name="a b" key~shop', ['name="a b"', "key~shop"]],
    ['name="say \\"or\\" twice"', ['name="say \\"or\\" twice"']],
    ["not status=stale key~x", ["not status=stale", "key~x"]],
    ["not (a=1 or b=2) c=3", ["not (a=1 or b=2)", "c=3"]],
    ["number=443 or number=8443", ["(number=443 or number=8443)"]],
    ["decision= key~x", ["decision=", "key~x"]],
  ])("%s", (filter, expected) => {
    expect(terms(filter)).toEqual(expected);
  });

  test("a filter that a person has not finished keeps every letter", () => {
    expect(terms("(a=1").join(" ")).toBe("(a=1");
  });
});

test("a term is added once", () => {
  expect(withTerm("a=1", "b=2")).toBe("a=1 b=2");
  expect(withTerm("a=1 b=2", "b=2")).toBe("a=1 b=2");
});

test("a term is removed wherever it stands", () => {
  expect(withoutTerm("a=1 b=2 c=3", "b=2")).toBe("a=1 c=3");
});

test("a term beside an or does not become part of it", () => {
  expect(withTerm("a=1 or b=2", "c=3")).toBe("(a=1 or b=2) c=3");
});

test("a value with spaces, quotes or backslashes stands in quotes", () => {
  expect(equals("name", "a.test")).toBe("name=a.test");
  expect(equals("name", 'say "a"\\')).toBe('name="say \\"a\\"\\\\"');
});
