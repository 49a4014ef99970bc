/** What the permissions of a session allow, as the server reads them. */

/** Tell whether *held*, which may have stars, has *permission* in it. */
export function covers(held: readonly string[], permission: string): boolean {
  const [resource = "", action = ""] = permission.split(":");
  return ["*", permission, `${resource}:*`, `*:${action}`].some((one) => held.includes(one));
}
