/** How long a risk has been known, in steps that people plan by. */

const DAY_MS = 86_400_000;

export interface Age {
  words: string;
  /** Days since it was first seen: from this on... */
  from: number;
  /** ...and less than this. */
  below: number;
}

export const AGES: readonly Age[] = [
  { words: "Up to a week", from: 0, below: 7 },
  { words: "Up to a month", from: 7, below: 30 },
  { words: "Up to 90 days", from: 30, below: 90 },
  { words: "Longer", from: 90, below: Infinity },
];

function daysBefore(now: number, days: number): string {
  return new Date(now - days * DAY_MS).toISOString();
}

/** Return the filter for unresolved risks of one age. */
export function ageFilter({ from, below }: Age, now: number): string {
  const terms = ["state=triage,open"];
  if (from > 0) terms.push(`created<=${daysBefore(now, from)}`);
  if (below !== Infinity) terms.push(`created>${daysBefore(now, below)}`);
  return terms.join(" ");
}
