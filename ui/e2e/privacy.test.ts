import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ask, entityAddress, open, picture } from "./browser";
import { freshName } from "./people";

test("what is kept about a person is shown, taken along, and let go of for good", async () => {
  const person = freshName("otto");
  const risks = (await ask("GET", "/api/v1/risks?limit=1")) as { data: { key: string }[] };
  const key = risks.data[0]?.key ?? "";
  await ask("PATCH", `/api/v1/risks/${encodeURIComponent(key)}`, { owner: person });
  const page = await open("/administration?view=privacy");
  await page.getByLabel(/^All names of one person/).fill(person);
  await page.getByRole("button", { name: "What is kept?" }).click();
  const found = page.getByRole("region", { name: `Kept about ${person}` });
  await found.getByText("owner", { exact: false }).first().waitFor();
  await picture(page, "privacy");
  const saving = page.waitForEvent("download");
  await found.getByRole("button", { name: "Save all as JSON" }).click();
  expect(await readFile(await (await saving).path(), "utf8")).toContain(person);

  await page.getByRole("button", { name: "Erase…" }).click();
  const dialog = page.getByRole("dialog");
  const erase = dialog.getByRole("button", { name: "Erase for good" });
  await dialog.getByLabel("Why").fill("a request");
  expect(await erase.isDisabled()).toBe(true);
  await dialog.getByLabel(`Type ${person} to confirm`).fill(person);
  await erase.click();
  const pseudonym = await dialog.getByRole("status").locator("code").innerText();

  await page.goto(new URL(entityAddress(key), page.url()).href);
  await page.getByText(pseudonym).first().waitFor();
  expect(await page.getByText(person).count()).toBe(0);
});
