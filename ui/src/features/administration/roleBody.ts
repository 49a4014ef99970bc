import type { Schemas } from "@/api/client";
import { wordsIn } from "@/lib/useText";

interface RoleTexts {
  title: string;
  permissions: string;
  kinds: string;
  tags: string;
  netblocks: string;
  names: string;
  severity: string;
  rate: string;
}

/** What the server is told of a role; an empty box is no limit. */
export function roleBody(texts: RoleTexts): Schemas["RoleBody"] {
  return {
    title: texts.title.trim(),
    permissions: wordsIn(texts.permissions),
    kinds: wordsIn(texts.kinds),
    asset_tags: wordsIn(texts.tags),
    netblocks: wordsIn(texts.netblocks),
    names: wordsIn(texts.names),
    highest_severity: texts.severity === "" ? null : (texts.severity as Schemas["Severity"]),
    requests_per_s: texts.rate.trim() === "" ? null : Number(texts.rate),
  };
}

/** "for ports, tagged env=prod, in 192.0.2.0/24, risks up to medium"; empty where it holds for everything. */
export function limitsOf(
  role: Pick<
    Schemas["RoleRecord"],
    "kinds" | "asset_tags" | "netblocks" | "names" | "highest_severity" | "requests_per_s"
  >,
): string {
  const places = [...role.netblocks, ...role.names];
  return [
    ...(role.kinds.length === 0 ? [] : [`for ${role.kinds.join(", ")}`]),
    ...(role.asset_tags.length === 0 ? [] : [`tagged ${role.asset_tags.join(" or ")}`]),
    ...(places.length === 0 ? [] : [`in ${places.join(" or ")}`]),
    ...(role.highest_severity === null ? [] : [`risks up to ${role.highest_severity}`]),
    ...(role.requests_per_s === null ? [] : [`${role.requests_per_s} requests a second`]),
  ].join(", ");
}
