/** A page of a real browser that is signed in, and what must never happen on it. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";

const CHROMIUM = process.env["CHARIOT_TEST_CHROMIUM"] ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const LONGEST_MS = Number(process.env["CHARIOT_TEST_LONGEST_MS"] ?? 30_000);
/** Two runs on one machine keep apart by it: each port of the lab is so much higher. */
export const OFFSET = Number(process.env["CHARIOT_TEST_PORT_OFFSET"] ?? 3_000);
/** Serious is what WCAG 2.2 AA calls a failure. */
const REFUSED = new Set(["serious", "critical"]);

let browser: Browser;
const contexts: BrowserContext[] = [];
const kept: BrowserContext[] = [];
let faults: string[] = [];

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});

afterEach(async () => {
  const open = contexts.splice(0);
  await Promise.all(open.map((context) => context.close()));
  const found = faults;
  faults = [];
  expect(found, "what the browser complained about").toEqual([]);
});

afterAll(async () => {
  kept.length = 0;
  await browser.close();
});

export interface Look {
  colours?: "light" | "dark";
  width?: number;
  height?: number;
  /** False opens the page of a stranger. */
  isSignedIn?: boolean;
  /** Who looks; whoever may do everything when it is left out. */
  token?: string;
  /** The server under another of its names: passkeys hold for a name, never for a number. */
  address?: string;
  /** True keeps the page open for all tests of the file: what only looks need not begin anew each time. */
  isKept?: boolean;
}

/** Open *path*; a dialog, an uncaught error or a refusal by the Content-Security-Policy fails the test. */
export async function open(path: string, look: Look = {}): Promise<Page> {
  const {
    colours = "light",
    width = 1280,
    height = 800,
    isSignedIn = true,
    address = inject("address"),
    token = inject("token"),
  } = look;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: colours });
  (look.isKept === true ? kept : contexts).push(context);
  context.setDefaultTimeout(LONGEST_MS);
  if (isSignedIn) {
    await context.addCookies([
      { name: "chariot_session", value: token, url: address, httpOnly: true, sameSite: "Strict" },
    ]);
  }
  const page = await context.newPage();
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (/Content.Security.Policy|TrustedHTML|trusted type/i.test(message.text())) faults.push(message.text());
  });
  await page.goto(address + path);
  return page;
}

/** Ask the API as the page's own user would. */
export async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(inject("address") + path, {
    method,
    headers: { authorization: `Bearer ${inject("token")}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? undefined : await answer.json();
}

/** Wait until nothing on the page is still loading. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole("main").first().waitFor();
  await page.waitForFunction(
    () => document.querySelectorAll("main [role=status][aria-label^=Loading]").length === 0,
  );
}

const axeSource = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const GUIDELINES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** What colours alone can break. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/** Expect that a person who uses a screen reader or only the keyboard meets no serious obstacle. */
export async function expectAccessible(page: Page, rules: readonly string[] = GUIDELINES): Promise<void> {
  if (!(await page.evaluate(() => "axe" in window))) {
    // Evaluated by the debugger, which no Content-Security-Policy hinders.
    await page.evaluate(await axeSource);
  }
  const found = await page.evaluate(
    async (runOnly) => {
      const { axe } = window as unknown as { axe: typeof import("axe-core") };
      const { violations } = await axe.run({ runOnly, resultTypes: ["violations"] });
      return violations.map(({ id, impact, nodes }) => ({
        id,
        impact: impact ?? "",
        where: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html} ${failureSummary ?? ""}`),
      }));
    },
    [...rules],
  );
  expect(found.filter(({ impact }) => REFUSED.has(impact))).toEqual([]);
}

/** Expect that the colours, which are others by now, are as easy to tell apart. */
export async function expectLegible(page: Page): Promise<void> {
  await expectAccessible(page, OF_COLOURS);
}

/** Keep a picture for the documentation, when the run was asked for pictures. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["CHARIOT_TEST_PICTURES"];
  if (folder === undefined) return;
  await page.setViewportSize({ width: 1280, height: 820 });
  await settled(page);
  await page.screenshot({ path: `${folder}/${name}.png` });
}

export function entityAddress(key: string): string {
  return `/entity?key=${encodeURIComponent(key)}`;
}
