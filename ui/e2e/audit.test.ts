/** What was done and by whom, organisations, incidents and compliance, as an administrator looks at them. */
import { expect, inject, test } from "vitest";
import { ask, open, picture, settled } from "./browser";

test("the audit log is filtered, opened, verified and taken along", async () => {
  const label = `audited-${Date.now() % 1_000_000}`;
  await ask("PUT", `/api/v1/settings/${label}`, { value: "1" });
  const page = await open("/administration?view=audit");
  const panel = page.getByRole("region", { name: "Entries" });
  await panel.getByLabel("Action").fill("setting:edit");
  await panel.getByRole("button", { name: "Find" }).click();
  const entry = panel.getByRole("listitem").filter({ hasText: label }).first();
  await entry.waitFor();
  await entry.locator("summary").click();
  await entry.getByText("hash", { exact: true }).waitFor();

  const verification = page.getByRole("region", { name: "Does the log hold?" });
  await verification.getByRole("button", { name: "Verify" }).click();
  await verification.getByText(/^It holds: /).waitFor();
  await picture(page, "audit");
  const saving = page.waitForEvent("download");
  await verification.getByRole("link", { name: "Export as JSON lines" }).click();
  expect((await saving).suggestedFilename()).toBe("audit.jsonl");
});

test("another organisation shows nothing of the one before, and one's own is the way back", async () => {
  const name = `globex-${Date.now() % 1_000_000}`;
  const page = await open("/administration?view=organisations");
  const panel = page.getByRole("region", { name: "Organisations" });
  await panel.getByLabel("Name").fill(name);
  await panel.getByLabel("Title").fill("Globex");
  await panel.getByRole("button", { name: "Add" }).click();
  await panel.getByRole("button", { name: `Look at ${name}` }).click();
  await expect.poll(() => page.getByLabel("Organisation", { exact: true }).inputValue()).toBe(name);
  const asked = page.waitForRequest((request) => request.url().includes("/api/v1/assets"));
  await page.getByRole("link", { name: "Assets" }).click();
  expect((await asked).headers()["chariot-organisation"]).toBe(name);
  await settled(page);
  expect(await page.getByText("perimeter.test").count()).toBe(0);

  await page.reload();
  await expect.poll(() => page.getByLabel("Organisation", { exact: true }).inputValue()).toBe(name);
  await page.getByLabel("Organisation", { exact: true }).selectOption("default");
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.getByRole("link", { name: "Assets" }).click();
  await page
    .getByText(/perimeter\.test/)
    .first()
    .waitFor();
});

test("failed sign-ins become an incident that is handled", async () => {
  const user = `victim-${Date.now() % 1_000_000}`;
  await ask("POST", "/api/v1/users", { user });
  for (let tries = 0; tries < 12; tries += 1) {
    await fetch(`${inject("address")}/api/v1/signin/password`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user, password: "not the password at all" }),
    });
  }
  const page = await open("/administration?view=incidents");
  const line = page
    .getByRole("link")
    .filter({ hasText: /sign-in|password|account/i })
    .first();
  await line.waitFor({ timeout: 55_000 });
  await line.click();
  await page.getByRole("button", { name: "gdpr" }).click();
  await page.getByText("supervisory authority").waitFor();
  await picture(page, "incident");
  await page.getByRole("button", { name: /^Told: .*authority/ }).click();
  await page.getByText(/^told /).waitFor();
  await page.getByLabel("Why").fill("a test of the lock");
  await page.getByRole("button", { name: "Resolved" }).click();
  await page.getByText("Why: a test of the lock").waitFor();
});

test("compliance says pass, fail and cannot tell, with what it rests on", async () => {
  const page = await open("/administration?view=compliance");
  const checks = page.getByRole("region", { name: "Checks" });
  await checks.getByRole("button", { name: /^fail/ }).click();
  const check = checks.getByRole("listitem").first();
  await check.locator("summary").click();
  await check.locator("p").first().waitFor();
  await picture(page, "compliance");
  await page.getByLabel("Framework").selectOption("soc2");
  await page.getByRole("region", { name: "Frameworks" }).getByText("SOC 2").first().waitFor();
});

test("a role for a part is made, given and taken", async () => {
  const role = `web-${Date.now() % 1_000_000}`;
  const page = await open("/administration?view=access");
  await page.getByRole("button", { name: "New role" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(role);
  await dialog.getByLabel("Permissions").fill("entities:read");
  await dialog.getByLabel("Names and below").fill("perimeter.test");
  await dialog.getByRole("button", { name: "Keep" }).click();
  const members = page.getByRole("region", { name: "Members" });
  await members.getByLabel("Who").fill(`user:${role}`);
  await members.getByLabel("Roles").fill(role);
  await members.getByRole("button", { name: "Give" }).click();
  await members.getByRole("button", { name: `What can user:${role} see?` }).click();
  await dialog.getByText("in 1 netblocks or names").waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await members.getByRole("button", { name: `Take the roles of user:${role}` }).click();

  await members.getByRole("listitem").filter({ hasText: role }).waitFor({ state: "detached" });
});

test("a setting is set and taken back", async () => {
  const label = `a-setting-${Date.now() % 1_000_000}`;
  const page = await open("/administration?view=settings");
  const panel = page.getByRole("region", { name: "Settings" });
  await panel.getByLabel("Name").fill(label);
  await panel.getByLabel("Value").fill("<b>5</b>");
  await panel.getByRole("button", { name: "Set", exact: true }).click();
  const line = panel.getByRole("listitem").filter({ hasText: label });
  await line.getByText("<b>5</b>").waitFor();
  await line.getByRole("button", { name: `Take ${label} back` }).click();

  await line.waitFor({ state: "detached" });
});
