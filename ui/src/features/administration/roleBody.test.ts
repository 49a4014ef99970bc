import { expect, test } from "vitest";
import { limitsOf, roleBody } from "@/features/administration/roleBody";

const EMPTY = {
  title: "",
  permissions: "",
  kinds: "",
  tags: "",
  netblocks: "",
  names: "",
  severity: "",
  rate: "",
};
const NO_LIMIT = {
  kinds: [],
  asset_tags: [],
  netblocks: [],
  names: [],
  highest_severity: null,
  requests_per_s: null,
};

test("an empty box is no limit", () => {
  expect(roleBody(EMPTY)).toEqual({ title: "", permissions: [], ...NO_LIMIT });
});

test("words are taken however they are kept apart", () => {
  const body = roleBody({
    ...EMPTY,
    permissions: "entities:read,\n risks:*\n",
    tags: "env=prod team",
    severity: "medium",
    rate: "20",
  });
  expect(body).toMatchObject({
    permissions: ["entities:read", "risks:*"],
    asset_tags: ["env=prod", "team"],
    highest_severity: "medium",
    requests_per_s: 20,
  });
});

test("limits are told in a line", () => {
  expect(limitsOf(NO_LIMIT)).toBe("");
  expect(limitsOf({ ...NO_LIMIT, kinds: ["port"], netblocks: ["192.0.2.0/24"], names: ["a.test"] })).toBe(
    "for port, in 192.0.2.0/24 or a.test",
  );
});
