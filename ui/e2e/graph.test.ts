import { expect, test } from "vitest";
import { open, picture, settled } from "./browser";

const AROUND = encodeURIComponent("#domain#perimeter.test");

test("the plan says how many fixes close how much, in order", async () => {
  const page = await open("/graph");
  await page.getByText(/fix(es)? closes? \d+ % of \d+ attack paths?\./).waitFor();
  const steps = page.getByRole("region", { name: "In this order" }).getByRole("listitem");
  expect(await steps.count()).toBeGreaterThan(1);
  await picture(page, "fix-plan");
});

test("each way in starts at the internet and gives a reason for every step", async () => {
  const page = await open("/graph?view=paths");
  await page.getByText("the internet", { exact: true }).first().waitFor();
  await page.getByText("the internet reaches it").first().waitFor();
});

test("a neighbourhood is drawn, stands in a list too, and can be saved as a picture", async () => {
  const page = await open(`/graph?around=${AROUND}`);
  await page
    .getByRole("img", { name: /^Graph of \d+ entities/ })
    .locator("canvas")
    .first()
    .waitFor();
  await page.locator("[role=img][aria-busy=false]").waitFor();
  await page.getByText("The same as a list").click();
  await page.getByRole("link", { name: "#domain#shop.perimeter.test" }).waitFor();
  await settled(page);
  await picture(page, "graph");

  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the picture" }).click();
  expect((await saved).suggestedFilename()).toBe("chariot-graph.png");
});

test("pruning shows what would leave, and changes nothing", async () => {
  const page = await open("/graph?view=prune");
  await page.getByLabel(/^Keys/).fill("#seed#perimeter.test");
  await page.getByRole("button", { name: "Preview", exact: true }).click();
  await page.getByText(/would leave the surface\./).waitFor();
});
