import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { expect, inject, test } from "vitest";
import { open, settled } from "./browser";

test("a key is shown once, works, and does not after it was taken back", async () => {
  const page = await open("/administration?view=keys");
  const panel = page.getByRole("region", { name: "API keys" });
  await panel.getByLabel("Name").fill("nightly-report");
  await panel.getByRole("button", { name: "Make a key" }).click();
  const key = await panel.getByRole("status").locator("code").innerText();
  const reads = async () =>
    (await fetch(`${inject("address")}/api/v1/domains`, { headers: { authorization: `Bearer ${key}` } }))
      .status;
  expect(await reads()).toBe(200);
  await page.reload();
  const line = panel.getByRole("listitem").filter({ hasText: "nightly-report" });
  await line.waitFor();
  expect(await page.getByText(key).count()).toBe(0);

  await line.getByRole("button", { name: "Take back" }).click();
  await expect.poll(reads).toBe(401);
});

test("a key that may only read does not see what is for administrators", async () => {
  const page = await open("/administration?view=keys");
  const panel = page.getByRole("region", { name: "API keys" });
  await panel.getByLabel("Name").fill("a-reader");
  await panel.getByRole("button", { name: "Make a key" }).click();
  const key = await panel.getByRole("status").locator("code").innerText();

  const reader = await open("/", { isSignedIn: false });
  await reader.getByLabel("Access token").fill(key);
  await reader.getByRole("button", { name: "Sign in" }).click();
  await reader.getByRole("heading", { name: "Overview" }).waitFor();
  await reader.getByRole("link", { name: "Administration" }).click();
  await reader.getByRole("region", { name: "System health" }).waitFor();
  expect(await reader.getByRole("link", { name: "API keys" }).count()).toBe(0);
  await reader.goto(`${inject("address")}/administration?view=keys`);
  await reader.getByText("Your role does not show this").first().waitFor();
});

test("an alert rule is set, tried out, and ended; its channel is never shown", async () => {
  const received: string[] = [];
  const hook = createServer((request, response) => {
    received.push(request.url ?? "");
    request.resume().on("end", () => response.end());
  });
  await new Promise<void>((done) => hook.listen(0, "127.0.0.1", done));
  const { port } = hook.address() as { port: number };
  try {
    const page = await open("/administration?view=alerts");
    const panel = page.getByRole("region", { name: "Alert rules" });
    await panel.getByLabel("Name").fill("to-the-team");
    await panel.getByLabel("Channel").fill(`json://127.0.0.1:${port}/hook`);
    await panel.getByRole("button", { name: "Set" }).click();
    const line = panel.getByRole("listitem").filter({ hasText: "to-the-team" });
    await line.getByRole("button", { name: "Try it out" }).click();
    // Loopback is a private network, which alerts reach only where the settings allow it.
    await line.getByText("It did not arrive").waitFor();
    expect(received).toEqual([]);
    expect(await page.getByText(`127.0.0.1:${port}`).count()).toBe(0);

    await line.getByRole("button", { name: "End" }).click();
    await expect
      .poll(async () => (await line.count()) === 0 || (await line.innerText()).includes("gone"))
      .toBe(true);
  } finally {
    hook.close();
  }
});

test("health names each part", async () => {
  const page = await open("/administration?view=health");
  await page.getByRole("region", { name: "System health" }).getByText("ready").first().waitFor();
});

test("a report is downloaded for either reader", async () => {
  const page = await open("/reports");
  await settled(page);
  for (const [name, start] of [
    ["HTML", "<!doctype html"],
    ["CSV", ""],
  ] as const) {
    const saving = page.waitForEvent("download");
    await page
      .getByRole("link", { name: new RegExp(`^Download.*${name}`, "i") })
      .first()
      .click();
    const path = await (await saving).path();
    const text = await readFile(path, "utf8");
    expect(text.slice(0, 40).toLowerCase()).toContain(start);
    expect(text.length).toBeGreaterThan(100);
  }
});
