/** What a target wrote stays text, wherever it is shown. */
import { beforeAll, expect, test } from "vitest";
import { ask, entityAddress, open, settled } from "./browser";

const HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
const URL_OF = "http://hostile.test:8080/";
const APPLICATION = `#webapplication#${URL_OF}`;
const RISK = "#risk#webapplication#http://hostile.test:8080/#hostile-title";

beforeAll(async () => {
  await ask("POST", "/api/v1/observations", {
    capability: "browser-test",
    seen_at: new Date().toISOString(),
    entities: [
      { kind: "domain", host: "hostile.test" },
      {
        kind: "webapplication",
        url: URL_OF,
        title: HOSTILE,
        server: HOSTILE,
        headers: [["x-test", HOSTILE]],
      },
      { kind: "dnsrecord", host: "hostile.test", type: "TXT", value: HOSTILE },
      {
        kind: "risk",
        target: APPLICATION,
        weakness: "hostile-title",
        title: HOSTILE,
        severity: "high",
        evidence: [
          { form: "banner", title: HOSTILE, text: HOSTILE },
          { form: "key_values", title: "", values: { [HOSTILE]: HOSTILE } },
          { form: "table", title: "", columns: [HOSTILE], rows: [[HOSTILE]] },
        ],
      },
    ],
  });
});

const PAGES: readonly (readonly [string, string])[] = [
  ["the application", entityAddress(APPLICATION)],
  ["the risk", entityAddress(RISK)],
  ["the list of risks", "/risks?filter=key~hostile-title"],
  ["the groups of risks", "/risks?group=weakness&filter=key~hostile-title"],
  ["the records", "/assets?kind=dnsrecords&filter=key~hostile.test"],
];

test.each(PAGES)("a hostile title is text on %s", async (_name, path) => {
  const page = await open(path);
  await page.getByText("onerror", { exact: false }).first().waitFor();
  await settled(page);

  expect(await page.locator("img[src=x], main script").count()).toBe(0);
});

test("a hostile filter in the address is text", async () => {
  const page = await open(`/assets?filter=${encodeURIComponent(`name="${HOSTILE.replaceAll('"', "'")}"`)}`);
  await page.getByText("onerror", { exact: false }).first().waitFor();
  expect(await page.locator("img[src=x]").count()).toBe(0);
});
