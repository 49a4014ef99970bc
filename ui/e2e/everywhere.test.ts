/** What holds on every page: people who cannot see or point can use it, and it fits a phone. */
import type { Page } from "playwright-core";
import { beforeAll, expect, inject, test } from "vitest";
import { OFFSET, ask, entityAddress, expectAccessible, expectLegible, open, settled } from "./browser";

const CONFLUENCE = `webapplication#https://confluence.perimeter.test:${18_443 + OFFSET}/`;
const RISK = `#risk#${CONFLUENCE}#CVE-2022-26134`;
const APPLICATION = `#${CONFLUENCE}`;
const PAGES: readonly (readonly [string, string])[] = [
  ["overview", "/"],
  ["risks", "/risks"],
  ["risks by weakness", "/risks?group=weakness"],
  ["risks by target", "/risks?group=target"],
  ["a risk", entityAddress(RISK)],
  ["a chosen risk", `/risks?open=${encodeURIComponent(RISK)}`],
  ["assets", "/assets"],
  ["an asset", entityAddress(APPLICATION)],
  ["fix plan", "/graph"],
  ["attack paths", "/graph?view=paths"],
  ["neighbourhood", `/graph?around=${encodeURIComponent(APPLICATION)}`],
  ["prune", "/graph?view=prune"],
  ["changes", "/changes"],
  ["scans", "/scans"],
  ["schedules", "/scans?view=schedules"],
  ["contracts", "/scans?view=contracts"],
  ["journal", "/scans?view=journal"],
  ["sources", "/sources"],
  ["reports", "/reports"],
  ["people", "/administration?view=people"],
  ["members and roles", "/administration?view=access"],
  ["organisations", "/administration?view=organisations"],
  ["API keys", "/administration?view=keys"],
  ["alert rules", "/administration?view=alerts"],
  ["incidents", "/administration?view=incidents"],
  ["audit", "/administration?view=audit"],
  ["compliance", "/administration?view=compliance"],
  ["privacy", "/administration?view=privacy"],
  ["settings", "/administration?view=settings"],
  ["health", "/administration?view=health"],
  ["account", "/account"],
  ["gallery", "/gallery"],
];

const DESK = { width: 1280, height: 800 };
let page: Page;

beforeAll(async () => {
  page = await open("/", { ...DESK, isKept: true });
});

test.each(PAGES)("%s has no serious obstacle in either colours, and fits a phone", async (_name, path) => {
  await page.setViewportSize(DESK);
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(inject("address") + path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await settled(page);

  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator("html[data-theme=dark]").waitFor();
  await expectLegible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expect
    .poll(() =>
      page.evaluate(() => {
        const main = document.querySelector("main");
        const inside = main === null ? 0 : main.scrollWidth - main.clientWidth;
        return Math.max(document.documentElement.scrollWidth - window.innerWidth, inside);
      }),
    )
    .toBeLessThanOrEqual(0);
});

test("the way in has no serious obstacle", async () => {
  const own = await open("/", { isSignedIn: false });
  await own.getByLabel("Access token").waitFor();

  await expectAccessible(own);
});

test("whoever may only read is offered nothing that the server would refuse", async () => {
  const made = (await ask("POST", "/api/v1/keys", {
    label: "only-reads",
    permissions: ["entities:read", "scans:read", "exports:read"],
  })) as { data: { key: string } };
  const reading = await open("/risks", { token: made.data.key });
  await reading.getByRole("row").nth(1).getByRole("gridcell").nth(1).click();
  await reading.getByRole("heading", { name: "Comments" }).waitFor();
  expect(await reading.getByRole("toolbar", { name: "Decide" }).count()).toBe(0);
  expect(await reading.getByRole("button", { name: "Comment" }).count()).toBe(0);

  await reading.goto(`${inject("address")}/sources`);
  await reading.getByText("perimeter.test", { exact: true }).first().waitFor();
  for (const name of ["Add", "Edit…", "Exclude…", "Approve", "Look at it first"])
    expect(await reading.getByRole("button", { name, exact: true }).count(), name).toBe(0);
  await reading.goto(`${inject("address")}/scans`);
  await reading.getByRole("heading", { name: "Latest jobs" }).waitFor();
  expect(await reading.getByRole("button", { name: /^(Scan…|Stop everything)/ }).count()).toBe(0);
});

test("a page that is not there says so", async () => {
  const own = await open("/no-such-page");
  await own.getByText("There is no such page").waitFor();
});

test("g and a letter goes to a page, / to the filter", async () => {
  const own = await open("/");
  await own.getByRole("heading", { name: "Overview" }).waitFor();
  await own.keyboard.press("g");
  await own.keyboard.press("a");
  await own.getByRole("heading", { name: "Assets" }).waitFor();
  await own.keyboard.press("/");
  expect(await own.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Filter");
});
