import { expect, test } from "vitest";
import { chooseOrganisation, chosenOrganisation, inOrganisation } from "@/api/organisation";

test.each([
  ["/a", "", "/a"],
  ["/a", "acme", "/a?chariot-organisation=acme"],
  ["/a?b=1", "acme", "/a?b=1&chariot-organisation=acme"],
  ["/a?", "acme", "/a?chariot-organisation=acme"],
])("%s asks for %s by %s", (address, organisation, expected) => {
  expect(inOrganisation(address, organisation)).toBe(expected);
});

test("what is chosen holds until it is taken back", () => {
  chooseOrganisation("acme");
  expect(chosenOrganisation()).toBe("acme");
  expect(inOrganisation("/a")).toBe("/a?chariot-organisation=acme");
  chooseOrganisation("");
  expect(inOrganisation("/a")).toBe("/a");
});
