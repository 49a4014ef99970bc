import { expect, inject, test } from "vitest";
import { ask, open } from "./browser";

test("the link that the server prints signs in, once", async () => {
  const { pathname, hash } = new URL(inject("link"));
  const page = await open(pathname + hash, { isSignedIn: false });
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  expect(page.url()).not.toContain("code=");

  const stranger = await open(pathname + hash, { isSignedIn: false });
  await stranger.getByLabel("Access token").waitFor();
});

test("a wrong token is refused, the right one opens, and no script can read it", async () => {
  const page = await open("/", { isSignedIn: false });
  await page.getByLabel("Access token").fill("not-the-token");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The server does not know this token.").waitFor();

  await page.getByLabel("Access token").fill(inject("token"));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  expect(await page.evaluate(() => document.cookie)).toBe("");
});

test("signing out hides everything", async () => {
  const page = await open("/");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Access token").waitFor();

  expect(await page.getByText("Fix this first").count()).toBe(0);
});

test("a session that ended elsewhere asks to sign in again", async () => {
  const page = await open("/assets");
  await page.getByRole("grid", { name: "Assets" }).waitFor();
  await page.context().clearCookies();
  await page.getByRole("link", { name: "Scans" }).click();

  await page.getByLabel("Access token").waitFor();
});

test("a page whose server is away says so, and goes on when it is back", async () => {
  const page = await open("/changes?since=7d");
  await page.getByText("appeared").first().waitFor();
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "30d" }).click();
  await page.getByRole("alert").getByText("The server cannot be reached").waitFor();
  await page.context().setOffline(false);

  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("appeared").first().waitFor();
});

test("what happened while the connection was lost is shown when it is back, without a reload", async () => {
  const host = `resumed-${Date.now()}.test`;
  const page = await open(`/assets?kind=domains&filter=key~${host}`);
  await page.getByText("Nothing matches").waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole("link", { name: "Changes" }).click();
  await page.getByRole("alert").getByText("The server cannot be reached").waitFor();
  await page.goBack();
  await ask("POST", "/api/v1/observations", {
    capability: "browser-test",
    seen_at: new Date().toISOString(),
    entities: [{ kind: "domain", host }],
  });
  await page.context().setOffline(false);

  await page.getByRole("grid", { name: "Assets" }).getByText(host).waitFor();
});
