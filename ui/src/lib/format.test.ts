import { describe, expect, test } from "vitest";
import { ago, duration, keyKind, keyName, percent } from "@/lib/format";

const NOON = Date.parse("2026-01-01T12:00:00Z");

test.each([
  ["2026-01-01T11:59:30Z", "just now"],
  ["2026-01-01T11:00:00Z", "1 hr. ago"],
  ["2025-12-30T12:00:00Z", "2 days ago"],
  ["2026-01-01T12:00:30Z", "in a moment"],
])("%s is %s at noon", (instant, words) => {
  expect(ago(instant, NOON)).toBe(words);
});

test.each([
  [59, "59 s"],
  [3_600, "1 h"],
  [5_400, "1 h 30 min"],
  [86_400, "1 d"],
  [90_000, "1 d 1 h"],
])("%i seconds are %s", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

test.each([
  [0, "0 %"],
  [0.004, "0.4 %"],
  [0.87, "87 %"],
  [1, "100 %"],
])("%d of one is %s", (share, words) => {
  expect(percent(share)).toBe(words);
});

describe("a key", () => {
  test.each([
    ["#domain#a.test", "a.test"],
    ["#port#192.0.2.7#tcp#443", "192.0.2.7:443/tcp"],
    ["#port#2001:db8::1#udp#53", "[2001:db8::1]:53/udp"],
    ["#risk#port#192.0.2.7#tcp#443#CVE-2023-1", "CVE-2023-1 at 192.0.2.7:443/tcp"],
    ["#attribute#port#192.0.2.7#tcp#443#tls-versions#TLSv1.3", "tls-versions: TLSv1.3 at 192.0.2.7:443/tcp"],
    ["#job#dns#domain#a.test", "dns of a.test"],
    ["#technology#a%23b%25c", "a#b%c"],
    [`#certificate#${"0".repeat(64)}`, `${"0".repeat(16)}…`],
    ["not a key", "not a key"],
  ])("%s is read as %s", (key, name) => {
    expect(keyName(key)).toBe(name);
  });

  test("begins with its kind", () => {
    expect(keyKind("#risk#domain#a.test#x")).toBe("risk");
  });
});
