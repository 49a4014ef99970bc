import { expect, test } from "vitest";
import { ask, open, picture, settled } from "./browser";

const LIST = "/risks?filter=weakness%3DCVE-2021-41773";

async function stateOf(weakness: string): Promise<string[]> {
  const found = (await ask("GET", `/api/v1/risks?filter=weakness%3D${weakness}`)) as {
    data: { state: string }[];
  };
  return found.data.map(({ state }) => state).sort();
}

test("a risk tells why it scores as it does, and what would lower it", async () => {
  const page = await open("/risks", { width: 1440, height: 900 });
  const grid = page.getByRole("grid", { name: "Risks" });
  await grid.getByText("CVE-2022-26134").waitFor();
  await grid.focus();
  await page.keyboard.press("j");
  const detail = page.getByRole("complementary", { name: "The chosen risk" });
  await detail.getByRole("heading", { name: /^Why \d+\?/ }).waitFor();
  await detail.getByRole("heading", { name: "What would lower it" }).waitFor();
  await settled(page);
  await picture(page, "risks");
});

test.for([
  [1280, 800],
  [390, 844],
] as const)(
  "a click on a risk shows it beside or below the list, %d pixels wide",
  async ([width, height]) => {
    const page = await open("/risks", { width, height });
    await page.getByRole("row").nth(1).getByRole("gridcell").nth(1).click();

    const detail = page.getByRole("complementary", { name: "The chosen risk" });
    await detail.getByRole("heading", { name: /^Why \d/ }).scrollIntoViewIfNeeded();
    await expect.poll(() => page.getByRole("row", { selected: true }).count()).toBe(1);
  },
);

test("the keyboard accepts one risk with a reason and assigns another", async () => {
  const page = await open(LIST);
  const grid = page.getByRole("grid", { name: "Risks" });
  await grid.getByText("CVE-2021-41773").first().waitFor();
  await grid.focus();
  await page.keyboard.press("j");
  await page.keyboard.press("a");
  const dialog = page.getByRole("dialog");
  const accept = dialog.getByRole("button", { name: "Accept" });
  expect(await accept.isDisabled()).toBe(true);
  await dialog.getByLabel("Reason").fill("behind a proxy that refuses such paths");
  await dialog.getByLabel("Until").fill("2099-01-01");
  await accept.click();
  await dialog.waitFor({ state: "hidden" });
  await expect.poll(() => stateOf("CVE-2021-41773")).toContain("accepted");

  await grid.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("s");
  await dialog.getByLabel("Owner").fill("web-team");
  await dialog.getByRole("button", { name: "Assign" }).click();
  await dialog.waitFor({ state: "hidden" });
  await grid.getByText("web-team").waitFor();
});

test("marked risks are rejected together, with one reason", async () => {
  const page = await open("/risks?filter=weakness%3DCVE-2021-42013");
  const grid = page.getByRole("grid", { name: "Risks" });
  await expect.poll(() => grid.getByText("CVE-2021-42013").count()).toBe(2);
  await grid.focus();
  for (const key of ["j", "x", "j", "x", "d"]) await page.keyboard.press(key);
  const dialog = page.getByRole("dialog", { name: /2 risks/ });
  await dialog.getByLabel("Reason").fill("the banner lies");
  await dialog.getByRole("button", { name: "Reject" }).click();
  await dialog.waitFor({ state: "hidden" });

  await expect.poll(() => stateOf("CVE-2021-42013")).toEqual(["rejected", "rejected"]);
});

test("risks are gathered by weakness and by target", async () => {
  const page = await open("/risks");
  await page.getByRole("button", { name: "By weakness" }).click();
  // Only what nobody decided is counted, and other tests decide.
  const group = page.getByRole("button", { name: /CVE-2022-26134.*1 target/ });
  await group.click();
  await page
    .getByRole("link", { name: /^https:\/\/confluence\.perimeter\.test/ })
    .first()
    .waitFor();

  await page.getByRole("button", { name: "By target" }).click();
  await page.getByRole("button", { name: /127\.77\.0\.13:\d+\/tcp.*2 risks/ }).waitFor();
});
