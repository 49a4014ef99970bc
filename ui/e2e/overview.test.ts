import { expect, test } from "vitest";
import { open, picture, settled } from "./browser";

test("it shows how much there is, what to fix first, and what is not known", async () => {
  const page = await open("/");
  await settled(page);

  await page.getByRole("region", { name: "Fix this first" }).getByText("CVE-2022-26134").waitFor();
  // Other tests add to the lab's own, in whatever order they run.
  const lab = [17, 15, 17, 14, 13, 4];
  await expect
    .poll(async () => {
      const shown = (await page.getByRole("definition").allInnerTexts()).slice(0, lab.length);
      return shown.map((text, place) => Number(text.replaceAll(/\D/g, "")) >= (lab[place] ?? 0));
    })
    .toEqual(lab.map(() => true));
  await page.getByRole("region", { name: "New", exact: true }).getByRole("link").first().waitFor();
  await picture(page, "overview");
  const coverage = page.getByRole("region", { name: "Coverage" });
  await coverage.getByRole("button", { name: /^Show all/ }).click();
  await coverage.getByRole("row", { name: /^http / }).waitFor();
  await page
    .getByRole("region", { name: "Risks by decision" })
    .getByRole("link", { name: /^Act \d/i })
    .waitFor();
});

test("exposure over time has a line for each kind, and the numbers in a table", async () => {
  const page = await open("/?since=24h");
  const panel = page.getByRole("region", { name: "Exposure over time" });
  await panel.locator("canvas").waitFor();
  expect(await panel.getByRole("columnheader").allInnerTexts()).toContain("domains");

  await panel.getByRole("button", { name: "risks" }).click();
  await panel.getByRole("columnheader", { name: "critical" }).waitFor({ state: "attached" });
});

test("it is compared with any moment, and the chart can be saved", async () => {
  const page = await open("/");
  await page.getByLabel("Compared with").selectOption("a moment of choice");
  await page.getByLabel("which is").fill("2026-01-01T00:00");
  await expect.poll(() => page.url()).toMatch(/since=2025-12-31|since=2026-01-01/);
  const panel = page.getByRole("region", { name: "Exposure over time" });
  await panel.locator("canvas").waitFor();

  const saving = page.waitForEvent("download");
  await panel.getByRole("button", { name: "Save the picture" }).click();
  expect((await saving).suggestedFilename()).toBe("chariot-assets-on-the-surface.png");
});

test("a decision leads to its risks", async () => {
  const page = await open("/");
  await page
    .getByRole("region", { name: "Risks by decision" })
    .getByRole("link", { name: /^Attend/i })
    .click();
  await page.getByRole("grid", { name: "Risks" }).getByText("CVE-2021-43798").waitFor();
});
