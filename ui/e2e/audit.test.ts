/** What was done and by whom, organisations, incidents and compliance, as an administrator looks at them. */
import { expect, test } from "vitest";
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
  const own = ((await ask("GET", "/api/v1/session")) as { data: { organisation: string } }).data.organisation;
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
  await page.getByLabel("Organisation", { exact: true }).selectOption(own);
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  await page.getByRole("link", { name: "Assets" }).click();
  await page
    .getByText(/perimeter\.test/)
    .first()
    .waitFor();
});

test("a change of permissions becomes an incident that is handled", async () => {
  const id = `user:raised-${Date.now() % 1_000_000}`;
  await ask("PUT", `/api/v1/members/${encodeURIComponent(id)}`, { roles: ["admin"] });
  const raised = async () => {
    const { data } = (await ask("GET", "/api/v1/incidents?filter=state%3Dopen")) as { data: unknown[] };
    return data.length;
  };
  // Rules look every two seconds.
  await expect.poll(raised, { timeout: 120_000, interval: 500 }).toBeGreaterThan(0);
  const page = await open("/administration?view=incidents");
  const incidents = page.getByRole("region", { name: "Incidents", exact: true });
  await incidents.getByRole("link").filter({ hasText: "open" }).first().click();
  await page.getByRole("button", { name: "gdpr" }).click();
  const duties = page.getByRole("region", { name: "Who has to be told" });
  await duties
    .getByRole("button", { name: /^Told: / })
    .first()
    .waitFor();
  await picture(page, "incident");
  await duties
    .getByRole("button", { name: /^Told: / })
    .first()
    .click();
  await duties
    .getByText(/^told /)
    .first()
    .waitFor();
  const why = `looked at ${id}`;
  await page.getByLabel("Why").fill(why);
  await page.getByRole("button", { name: "Resolved" }).click();
  await page.getByText(`Why: ${why}`).waitFor();
}, 180_000);

test("compliance says pass, fail and cannot tell, with what it rests on", async () => {
  const page = await open("/administration?view=compliance");
  const checks = page.getByRole("region", { name: "Checks" });
  await checks.getByRole("button", { name: /^fail/ }).click();
  const check = checks.getByRole("listitem").first();
  await check.locator("summary").click();
  await check.locator("p").first().waitFor();
  await picture(page, "compliance");
  await page.getByRole("combobox", { name: "Framework" }).selectOption("soc2");
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
  await members.getByLabel("Roles", { exact: true }).fill(role);
  await members.getByRole("button", { name: "Give" }).click();
  await members.getByRole("button", { name: `What do they see? user:${role}` }).click();
  await dialog.getByText("in 1 netblocks or names").waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await members.getByRole("button", { name: `Take roles of user:${role}` }).click();

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
  await line.getByRole("button", { name: `Take back ${label}` }).click();

  await line.waitFor({ state: "detached" });
});
