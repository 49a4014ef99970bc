import { beforeAll, expect, test } from "vitest";
import { ask, entityAddress, open, picture, settled } from "./browser";

const MANY = 1_000;

beforeAll(async () => {
  const entities = Array.from({ length: MANY }, (_, number) => ({
    kind: "domain",
    host: `host-${String(number).padStart(4, "0")}.many.test`,
  }));
  await ask("POST", "/api/v1/observations", {
    capability: "browser-test",
    seen_at: new Date().toISOString(),
    entities,
  });
});

test("terms become chips, and a chip can be taken off again", async () => {
  const page = await open("/assets?kind=ports");
  const filter = page.getByRole("textbox", { name: "Filter" });
  await filter.fill("key~127.77.0.13");
  await filter.press("Enter");
  const grid = page.getByRole("grid", { name: "Assets" });
  await grid.getByRole("link", { name: /^127\.77\.0\.13:/ }).waitFor();
  await expect.poll(() => grid.getByRole("row").count()).toBeLessThan(5);
  expect(page.url()).toContain("127.77.0.13");

  await page.getByRole("button", { name: "Remove key~127.77.0.13" }).click();
  await expect.poll(() => grid.getByRole("row").count()).toBeGreaterThan(10);
});

test("what is wrong with a filter stands beside it, and the rows stay", async () => {
  const page = await open("/assets");
  const filter = page.getByRole("textbox", { name: "Filter" });
  await filter.fill("no_such_field=1");
  await filter.press("Enter");
  await page.getByRole("alert").waitFor();
  expect(await filter.getAttribute("aria-invalid")).toBe("true");
});

test("a long list holds only the rows in view, and its end can be reached by the keyboard", async () => {
  const page = await open("/assets?kind=domains&filter=key~many.test");
  const grid = page.getByRole("grid", { name: "Assets" });
  await grid.getByText("host-0000.many.test").waitFor();
  expect(await grid.getByRole("row").count()).toBeLessThan(80);

  await grid.focus();
  const last = grid.getByText(`host-0${MANY - 1}.many.test`);
  // Each page that arrives moves the end further down.
  await expect
    .poll(
      async () => {
        await page.keyboard.press("End");
        return await last.isVisible();
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  expect(await grid.getByRole("row").count()).toBeLessThan(80);
});

test("the keyboard opens an asset", async () => {
  const page = await open("/assets?kind=domains&filter=key~many.test");
  const grid = page.getByRole("grid", { name: "Assets" });
  await grid.getByText("host-0000.many.test").waitFor();
  await grid.focus();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "host-0001.many.test" }).waitFor();
});

test("marked assets are tagged together", async () => {
  const page = await open("/assets?kind=domains&filter=key~many.test");
  const grid = page.getByRole("grid", { name: "Assets" });
  await grid.getByText("host-0002.many.test").waitFor();
  await grid.focus();
  for (const key of ["j", "x", "j", "x"]) await page.keyboard.press(key);
  const bar = page.getByRole("toolbar", { name: "Change all that are marked" });
  await bar.getByText("2 marked").waitFor();
  await bar.getByRole("textbox", { name: "Tag" }).fill("env=prod");
  await bar.getByRole("button", { name: "Add tag" }).click();
  await bar.waitFor({ state: "hidden" });

  await expect.poll(() => grid.getByText("env=prod").count()).toBe(2);
  await settled(page);
  await picture(page, "assets");
});

test("a view is kept under a name", async () => {
  const page = await open("/assets?kind=domains&filter=key~many.test");
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Save this view…" }).click();
  await page.getByLabel("Name").fill("Many");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("link", { name: "Assets" }).click();
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("menuitem", { name: "Many", exact: true }).click();
  await page.getByRole("button", { name: "Remove key~many.test" }).waitFor();
});

const KINDS: readonly (readonly [string, string])[] = [
  ["#domain#shop.perimeter.test", "shop.perimeter.test"],
  ["#address#127.77.0.7", "127.77.0.7"],
  ["#seed#perimeter.test", "perimeter.test"],
  ["#netblock#127.77.0.0/28", "127.77.0.0/28"],
  ["#vulnerability#CVE-2022-26134", "CVE-2022-26134"],
];

test.each(KINDS)("%s has a page", async (key, name) => {
  const page = await open(entityAddress(key));
  await page.getByRole("heading", { level: 1, name }).waitFor();
  await settled(page);
  await page.getByRole("region", { name: "History" }).getByText("created").waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
});

test("an asset tells how it was found, from its seed down", async () => {
  const page = await open(entityAddress("#address#127.77.0.7"));
  const way = page.getByRole("region", { name: "How it was found" });
  await way.getByRole("listitem").first().getByText("seed", { exact: true }).waitFor();
  await way.getByRole("listitem").last().getByRole("link", { name: "127.77.0.7" }).waitFor();
});

test("what is not there is not found, and the page says so", async () => {
  const page = await open(entityAddress("#domain#nowhere.invalid"));
  await page.getByRole("alert").waitFor();
});

test("the time slider shows what was", async () => {
  const key = "#domain#host-0500.many.test";
  const path = `/api/v1/entities/${encodeURIComponent(key)}`;
  await ask("PATCH", path, { tags: { team: "before" }, why: "a test" });
  await ask("PATCH", path, { tags: { team: "after" }, why: "a test" });
  const page = await open(entityAddress(key));
  const facts = page.getByRole("region", { name: "Facts" });
  await facts.getByText("after").waitFor();
  const slider = page.getByRole("slider");
  await slider.focus();
  await page.keyboard.press("ArrowLeft");
  await facts.getByText("before").waitFor();
  expect(page.url()).toContain("as_of=");

  await page.getByRole("button", { name: "Now" }).click();
  await facts.getByText("after").waitFor();
});
