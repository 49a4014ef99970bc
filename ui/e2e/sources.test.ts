import { expect, test } from "vitest";
import { ask, expectAccessible, open, picture, settled } from "./browser";

test("a seed is added, checked for scope, and excluded with a reason", async () => {
  const page = await open("/sources");
  const seeds = page.getByRole("region", { name: "Seeds" });
  await seeds.getByLabel("New seed").fill("192.0.2.0/30");
  await seeds.getByLabel("How far").selectOption("passive");
  await seeds.getByRole("button", { name: "Add" }).click();
  const line = seeds.getByRole("listitem").filter({ hasText: "192.0.2.0/30" });
  await line.getByText("active").waitFor();

  const scope = page.getByRole("region", { name: "Would this be scanned?" });
  await scope.getByRole("textbox").fill("192.0.2.1");
  await scope.getByRole("button", { name: "Check" }).click();
  await scope.getByRole("status").getByText("in scope", { exact: true }).waitFor();
  await scope.getByRole("status").getByText("192.0.2.0/30").waitFor();
  await scope.getByRole("textbox").fill("198.51.100.1");
  await scope.getByRole("button", { name: "Check" }).click();
  await scope.getByRole("status").getByText("198.51.100.1 is in no seed").waitFor();
  await scope.getByRole("status").getByText("out of scope", { exact: true }).waitFor();

  await line.getByRole("button", { name: "Exclude…" }).click();
  const dialog = page.getByRole("dialog", { name: "Exclude 192.0.2.0/30" });
  await dialog.getByLabel("Why").fill("not ours");
  await dialog.getByRole("button", { name: "Exclude" }).click();
  await line.getByText("excluded").waitFor();
});

test("what a change of seeds brings in and takes out is shown before it is saved", async () => {
  // A name of its own, so that a second attempt begins where the first one did.
  const name = `preview-${Date.now()}.example`;
  await ask("POST", "/api/v1/observations", {
    capability: "notes",
    seen_at: new Date().toISOString(),
    entities: ["www", "legacy"].map((part) => ({ kind: "domain", host: `${part}.${name}` })),
  });
  const page = await open("/sources");
  const seeds = page.getByRole("region", { name: "Seeds" });
  await seeds.getByLabel("New seed").fill(name);
  const change = seeds.getByRole("region", { name: "What this would change" });
  await change.getByText("2 domains").waitFor();
  await seeds.getByLabel("Except").fill(`legacy.${name}`);
  await change.getByText(/ 1 domain$/).click();
  await change.getByRole("link", { name: `www.${name}` }).waitFor();
  await picture(page, "scope");
  await expectAccessible(page);
  const seeded = `/api/v1/seeds?filter=value%3D${name}`;
  expect(((await ask("GET", seeded)) as { data: unknown[] }).data).toEqual([]);
  await seeds.getByRole("button", { name: "Add" }).click();

  const line = seeds.getByRole("listitem").filter({ hasText: name });
  await line.getByRole("button", { name: "Edit…" }).click();
  const dialog = page.getByRole("dialog", { name: `Scope of ${name}` });
  await dialog.getByText("Nothing that is known moves.").waitFor();
  await dialog.getByLabel("Except").fill(`www.${name}`);
  await dialog.getByText("comes in").waitFor();
  await dialog.getByText("falls out").waitFor();
  await dialog.getByLabel("Except").fill("");
  await dialog.getByText("falls out").waitFor({ state: "detached" });
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  const { data } = (await ask("GET", seeded)) as { data: { deny: string[] }[] };
  expect(data.map(({ deny }) => deny)).toEqual([[]]);

  await line.getByRole("button", { name: "Exclude…" }).click();
  const excluding = page.getByRole("dialog", { name: `Exclude ${name}` });
  await excluding.getByText(/ \d domains/).waitFor();
  await excluding.getByRole("button", { name: "Exclude" }).click();
  await line.getByText("excluded").waitFor();
});

test("a seed that cannot be one is refused with a reason", async () => {
  const page = await open("/sources");
  const seeds = page.getByRole("region", { name: "Seeds" });
  await seeds.getByLabel("New seed").fill("not a seed!");
  await seeds.getByRole("button", { name: "Add" }).click();
  await seeds.getByRole("alert").waitFor();
});

const NMAP = `<?xml version="1.0"?><nmaprun scanner="nmap" args="nmap 192.0.2.77" start="1700000000" version="7.94" xmloutputversion="1.05">
<host starttime="1700000000" endtime="1700000010"><status state="up" reason="syn-ack"/><address addr="192.0.2.77" addrtype="ipv4"/>
<ports><port protocol="tcp" portid="443"><state state="open" reason="syn-ack"/><service name="https" method="table" conf="3"/></port></ports></host>
<runstats><finished time="1700000010" exit="success"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>`;

async function portsOfImport(): Promise<number> {
  const found = (await ask("GET", "/api/v1/ports?filter=key~192.0.2.77")) as { data: unknown[] };
  return found.data.length;
}

test("a file is looked at first, then imported, and taken back", async () => {
  const page = await open("/sources");
  const imports = page.getByRole("region", { name: "Imports" });
  await imports.getByLabel("File").setInputFiles({
    name: "scan.xml",
    mimeType: "application/xml",
    buffer: Buffer.from(NMAP),
  });
  await imports.getByRole("button", { name: "Look at it first" }).click();
  await imports.getByText("preview", { exact: true }).waitFor();
  expect(await portsOfImport()).toBe(0);

  await imports.getByRole("button", { name: "Import it" }).click();
  const line = imports.getByRole("listitem").filter({ hasText: "scan.xml" });
  await line.getByRole("button", { name: "Take back" }).waitFor();
  expect(await portsOfImport()).toBe(1);

  await line.getByRole("button", { name: "Take back" }).click();
  await line.getByText("undone").waitFor();
  expect(await portsOfImport()).toBe(0);
});

test("scans show what waits, what ran, and what stops everything", async () => {
  const page = await open("/scans");
  await settled(page);
  await page.getByRole("region", { name: "Latest jobs" }).getByText("done").first().waitFor();
  await page.getByRole("button", { name: "Stop everything that is sent" }).click();
  const resume = page.getByRole("button", { name: /go on|resume/i });
  await resume.waitFor();
  await resume.click();
  await page.getByRole("button", { name: "Stop everything that is sent" }).waitFor();
});

test("a scan is on record: who ordered it, how far it is, and what becomes of it", async () => {
  const { data } = (await ask("POST", "/api/v1/scans", { seeds: ["perimeter.test"] })) as {
    data: { scan: string };
  };
  // What was begun keeps its place while all is stopped: the scan is still there to be steered.
  await ask("POST", "/api/v1/scans/current/stop", { reason: "a test" });
  try {
    const page = await open("/scans");
    const line = page.getByRole("listitem", { name: `Scan ${data.scan}` });
    await line.getByText("running", { exact: true }).waitFor();
    await line.getByRole("progressbar").waitFor();
    await line.getByRole("button", { name: "Pause" }).click();
    await line.getByText("paused", { exact: true }).waitFor();
    await picture(page, "scans");
    await line.getByRole("button", { name: "Go on" }).click();
    await line.getByText("running", { exact: true }).waitFor();
    await line.getByRole("button", { name: "Cancel" }).click();
    await line.getByText(/^cancel/).waitFor();
    await line.getByText("by local").waitFor();
  } finally {
    await ask("POST", "/api/v1/scans/current/resume", {});
  }
});
