/** What a reader waits for, in a real browser; one line of JSON for each figure. */
import { writeFile } from "node:fs/promises";
import { type Page, chromium } from "playwright-core";
import { test } from "vitest";

const ADDRESS = process.env["CHARIOT_BENCH_ADDRESS"] ?? "";
const TOKEN = process.env["CHARIOT_BENCH_TOKEN"] ?? "";
const ANSWER = process.env["CHARIOT_BENCH_ANSWER"] ?? "";
const AROUND = process.env["CHARIOT_BENCH_AROUND"] ?? "";
const LONGEST_MS = 120_000;
const SCROLLED_MS = 3_000;

/** Go to *path* and tell how long it took until *seen* stood there, in milliseconds. */
async function shownAfter(page: Page, path: string, seen: string): Promise<number> {
  const begun = performance.now();
  await page.goto(ADDRESS + path);
  await page.locator(seen).first().waitFor();
  return performance.now() - begun;
}

/** Frames in a second while the list is scrolled as fast as the browser draws. */
function framesOfScroll(page: Page): Promise<number> {
  return page.evaluate(
    (lasting) =>
      new Promise<number>((done) => {
        const grid = document.querySelector("[role=grid]");
        let frames = 0;
        const begun = performance.now();
        function frame() {
          const past = performance.now() - begun;
          if (past > lasting) {
            done((frames * 1_000) / past);
            return;
          }
          grid?.scrollBy(0, 30);
          frames += 1;
          requestAnimationFrame(frame);
        }
        requestAnimationFrame(frame);
      }),
    SCROLLED_MS,
  );
}

test("what a reader waits for", async () => {
  const browser = await chromium.launch({
    executablePath: process.env["CHARIOT_TEST_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(LONGEST_MS);
  await context.addCookies([
    { name: "chariot_session", value: TOKEN, url: ADDRESS, httpOnly: true, sameSite: "Strict" },
  ]);
  const page = await context.newPage();
  const first = "section[aria-label='Fix this first'] li";
  const figures: Record<string, number> = {};
  figures["cold_ms"] = await shownAfter(page, "/", first);
  figures["warm_ms"] = await shownAfter(page, "/", first);
  figures["list_ms"] = await shownAfter(page, "/risks", "[role=grid] [role=row]:nth-child(2)");
  figures["frames"] = await framesOfScroll(page);
  const filter = page.getByRole("textbox", { name: "Filter" });
  await filter.fill("score>=99 weakness=CVE-2024-10007");
  const asked = performance.now();
  await filter.press("Enter");
  await page.locator("[role=grid] [role=row]", { hasText: "CVE-2024-10007" }).first().waitFor();
  figures["filter_ms"] = performance.now() - asked;
  if (AROUND !== "") {
    figures["graph_ms"] = await shownAfter(
      page,
      `/graph?around=${encodeURIComponent(AROUND)}`,
      "[role=img] canvas",
    );
    const words = (await page.getByText(/^[\d,]+ entities/).innerText()).split(" ")[0] ?? "0";
    figures["graph_nodes"] = Number(words.replaceAll(",", ""));
  }
  await browser.close();
  await writeFile(ANSWER, JSON.stringify(figures));
});
