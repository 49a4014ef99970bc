/** An account from the invitation to the second factor, as its owner meets it. */
import { createHmac } from "node:crypto";
import { expect, inject, test } from "vitest";
import { expectAccessible, open, picture, settled } from "./browser";
import { PASSWORD, freshName, newcomer, signIn } from "./people";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/** What an authenticator shows now. Source: RFC 6238. */
function codeOf(key: string): string {
  const bits = Array.from(key, (letter) => LETTERS.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", bytes).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

test("an invitation sets the password, an authenticator is added, and is asked for from then on", async () => {
  const user = freshName("ada");
  const page = await newcomer(user, ["analyst"]);
  await page.getByRole("link", { name: `Your account: ${user}` }).click();
  const panel = page.getByRole("region", { name: "Authenticator" });
  await panel.getByLabel("Password, to add an authenticator").fill(PASSWORD);
  await panel.getByRole("button", { name: "Add an authenticator" }).click();
  await panel.getByRole("img", { name: "The key, for an authenticator to read" }).waitFor();
  const key = await panel.locator("code").innerText();
  await panel.getByLabel("Code").fill(codeOf(key));
  await panel.getByRole("button", { name: "Confirm" }).click();
  const recovery = await panel
    .getByRole("list", { name: "Recovery codes" })
    .locator("li")
    .first()
    .innerText();
  await expectAccessible(page);

  await page.getByRole("button", { name: "Sign out" }).click();
  await signIn(page, user);
  await page.getByLabel("Code").fill(recovery);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByRole("link", { name: `Your account: ${user}` }).waitFor();
});

test("a wrong password is told in a sentence", async () => {
  const page = await open("/", { isSignedIn: false });
  await signIn(page, freshName("nobody"));

  await page.getByRole("alert").filter({ hasText: /\w/ }).first().waitFor();
  await page.getByLabel("Password", { exact: true }).waitFor();
});

test("another session is listed and ended; what it sees is gone", async () => {
  const user = freshName("eve");
  const page = await newcomer(user, ["read-only"]);
  const other = await open("/", { isSignedIn: false });
  await signIn(other, user);
  await other.getByRole("heading", { name: "Overview" }).waitFor();

  await page.getByRole("link", { name: `Your account: ${user}` }).click();
  const panel = page.getByRole("region", { name: "Signed in" });
  await panel.getByText("this one", { exact: true }).waitFor();
  const end = panel.getByRole("button", { name: "End", exact: true });
  await end.click();
  await end.waitFor({ state: "detached" });
  await other.reload();

  await other.getByLabel("User name").waitFor();
});

test("what a role may not do is not offered", async () => {
  const page = await newcomer(freshName("bob"), ["read-only"]);
  await page.getByRole("link", { name: "Administration" }).click();
  const tabs = page.getByRole("navigation", { name: "Administration" });
  await tabs.getByRole("link", { name: "Compliance" }).waitFor();

  expect(await tabs.getByRole("link", { name: "People" }).count()).toBe(0);
  expect(await tabs.getByRole("link", { name: "Audit" }).count()).toBe(0);
  await page.goto(`${inject("address")}/administration?view=audit`);
  await page.getByText("Your role does not show this").waitFor();
});

test("an administrator invites, sees what somebody sees, and suspends them", async () => {
  const user = freshName("carl");
  const page = await open("/administration?view=people");
  const panel = page.getByRole("region", { name: "People" });
  await panel.getByLabel("User name").fill(user);
  await panel.getByLabel("Roles").fill("analyst");
  await panel.getByRole("button", { name: "Invite" }).click();
  await panel.getByText(`#invitation=${user}:`).waitFor();
  await page.getByRole("button", { name: `What do they see? ${user}` }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("All of the organisation.").waitFor();
  await dialog.getByText("risks:write").waitFor();
  await picture(page, "sight");
  await dialog.getByRole("button", { name: "Close" }).click();

  await page.getByRole("button", { name: `Change ${user}` }).click();
  await dialog.getByRole("button", { name: "Suspend" }).click();
  await dialog.getByRole("button", { name: "Let in again" }).waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await panel.getByRole("listitem").filter({ hasText: user }).getByText("suspended").waitFor();
});

test("an account without obstacles in either state", async () => {
  const page = await newcomer(freshName("dora"), ["read-only"]);
  await page.getByRole("link", { name: /^Your account/ }).click();
  await page.getByRole("region", { name: "Password" }).waitFor();
  await settled(page);
  await picture(page, "account");

  await expectAccessible(page);
});
