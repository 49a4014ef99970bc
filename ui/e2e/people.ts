/** People of the test's own, as they come in. */
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { type Look, ask, open } from "./browser";

export const PASSWORD = "tintenfass rollt bergab";
let counted = 0;

/** A name that no other attempt of the test took. */
export function freshName(name: string): string {
  counted += 1;
  return `${name}-${process.pid}-${Date.now() % 1_000_000}-${counted}`;
}

interface Invited {
  data: { address: string };
}

/** Open the dashboard of somebody who was invited with *roles*, after they set their password. */
export async function newcomer(user: string, roles: string[], look: Look = {}): Promise<Page> {
  const { data } = (await ask("POST", "/api/v1/users", { user, roles })) as Invited;
  const page = await open(`/${new URL(data.address).hash}`, { ...look, isSignedIn: false });
  await page.getByLabel(`New password for ${user}`).fill(PASSWORD);
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  expect(page.url()).not.toContain("invitation");
  return page;
}

export async function signIn(page: Page, user: string): Promise<void> {
  await page.getByLabel("User name").fill(user);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Continue" }).click();
}
