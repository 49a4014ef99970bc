/** Signing in at an issuer of OpenID Connect, as a browser does it: authorization code with PKCE, and a cookie. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, open } from "./browser";
import { type SignOn, startSignOn } from "./issuer";

let signOn: SignOn;

beforeAll(async () => {
  signOn = await startSignOn();
});
afterAll(async () => {
  await signOn.stop();
});

/** A stranger's browser at the sign-in page, and every address of the issuer that it was sent to. */
async function stranger() {
  const page = await open("/", { isSignedIn: false, address: signOn.address });
  const asked: URL[] = [];
  page.on("request", (request) => {
    if (request.url().startsWith(`${signOn.issuer}/auth?`)) asked.push(new URL(request.url()));
  });
  return { page, asked };
}

test("somebody signs in at their issuer, sees what their groups give, and signs out", async () => {
  const { page, asked } = await stranger();
  await page.getByRole("link", { name: "Use Acme single sign-on" }).waitFor();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Use Acme single sign-on" }).click();

  await page.getByPlaceholder("Enter any login").fill("admin-jo");
  await page.getByPlaceholder("and password").fill("whatever it is");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();

  const [sent] = asked;
  expect(sent?.searchParams.get("response_type")).toBe("code");
  expect(sent?.searchParams.get("code_challenge_method")).toBe("S256");
  expect(sent?.searchParams.get("state")).toMatch(/^.{16,}$/);
  expect(sent?.searchParams.get("nonce")).toMatch(/^.{16,}$/);
  const { origin, search, hash } = new URL(page.url());
  expect([origin, search, hash]).toEqual([signOn.address, "", ""]);

  expect(await page.evaluate(() => document.cookie)).toBe("");
  const session = (await page.context().cookies(signOn.address)).find(
    ({ name }) => name === "chariot_session",
  );
  expect(session).toMatchObject({ httpOnly: true, sameSite: "Strict", domain: "localhost" });
  await page.getByRole("link", { name: "Administration" }).click();
  await page
    .getByRole("navigation", { name: "Administration" })
    .getByRole("link", { name: "People" })
    .waitFor();

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Use Acme single sign-on" }).waitFor();
  const { headers } = { headers: { cookie: `chariot_session=${session?.value ?? ""}` } };
  expect((await fetch(`${signOn.address}/api/v1/session`, { headers })).status).toBe(401);
});

test("an answer of the issuer that this browser did not ask for signs nobody in", async () => {
  const { page } = await stranger();
  await page.goto(`${signOn.address}/api/v1/session/callback?code=stolen&state=${"s".repeat(43)}`);

  await page.getByText("That sign-in was not accepted").waitFor();
  await page.getByLabel("User name").waitFor();
});
