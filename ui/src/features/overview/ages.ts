/** How long a risk has been known, in steps that people plan by. */
import type { Schemas } from "@/api/client";

const DAY_MS = 86_400_000;
const WORDS: Readonly<Record<number, string>> = { 7: "a week", 30: "a month" };

export type Age = Pick<Schemas["RiskAge"], "from_days" | "below_days">;

/** Return what an age is called. */
export function ageWords({ below_days: below }: Age): string {
  return below === null ? "Longer" : `Up to ${WORDS[below] ?? `${below} days`}`;
}

function daysBefore(now: number, days: number): string {
  return new Date(now - days * DAY_MS).toISOString();
}

/** Return the filter for unresolved risks of one age. */
export function ageFilter({ from_days: from, below_days: below }: Age, now: number): string {
  const terms = ["state=triage,open"];
  if (from > 0) terms.push(`created<=${daysBefore(now, from)}`);
  if (below !== null) terms.push(`created>${daysBefore(now, below)}`);
  return terms.join(" ");
}
