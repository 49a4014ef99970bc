/** Passkeys, made and used by the browser itself with an authenticator that stands in for a finger. */
import { expect, inject, test } from "vitest";
import { open } from "./browser";
import { PASSWORD, freshName, newcomer, signIn } from "./people";

/** A passkey belongs to a name. The server has no other here. */
function named(): string {
  return inject("address").replace("127.0.0.1", "localhost");
}

test("a passkey is added, signs in without a password, and opens nothing once it is taken away", async () => {
  const user = freshName("pia");
  const page = await newcomer(user, ["analyst"], { address: named() });
  const device = await page.context().newCDPSession(page);
  await device.send("WebAuthn.enable");
  const { authenticatorId } = await device.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.getByRole("link", { name: `Your account: ${user}` }).click();
  const panel = page.getByRole("region", { name: "Passkeys" });
  await panel.getByLabel("Password, for either").fill(PASSWORD);
  await panel.getByLabel("Name of the passkey").fill("laptop");
  await panel.getByRole("button", { name: "Add a passkey" }).click();
  await panel.getByRole("button", { name: "Take laptop away" }).waitFor();
  const { credentials } = await device.send("WebAuthn.getCredentials", { authenticatorId });
  expect(credentials).toHaveLength(1);

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.getByRole("link", { name: `Your account: ${user}` }).click();

  await panel.getByLabel("Password, for either").fill(PASSWORD);
  await panel.getByRole("button", { name: "Take laptop away" }).click();
  await panel.getByText("None yet.").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.getByRole("alert").filter({ hasText: /\w/ }).first().waitFor();
  expect(await page.getByRole("link", { name: `Your account: ${user}` }).count()).toBe(0);
});

test("who cancels the browser's question is told so, and may use the password", async () => {
  const user = freshName("paul");
  await newcomer(user, ["read-only"]);
  const page = await open("/", { isSignedIn: false, address: named() });
  const device = await page.context().newCDPSession(page);
  await device.send("WebAuthn.enable");
  await device.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true },
  });
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.getByRole("alert").getByText("No passkey was used").waitFor();

  await signIn(page, user);
  await page.getByRole("heading", { name: "Overview" }).waitFor();
});
