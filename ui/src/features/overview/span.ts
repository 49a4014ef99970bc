/** Since when the overview compares. */
import type { Schemas } from "@/api/client";

export const SPANS = [
  ["24h", "24 hours ago"],
  ["7d", "7 days ago"],
  ["30d", "30 days ago"],
  ["90d", "90 days ago"],
] as const;

const HOURS: Readonly<Record<string, number>> = { "24h": 24, "7d": 168, "30d": 720, "90d": 2_160 };
/** The server gives 400 moments at most; half of them are as many as a chart can show. */
const MOST = 200;
const HOURS_OF_DAY = 24;

/** True when *since* is an instant that somebody chose. */
export function isChosen(since: string): boolean {
  return !(since in HOURS);
}

/** The distance between two moments of a chart that begins at *since*. */
export function intervalOf(since: string, now: number): Schemas["Interval"] {
  const hours = HOURS[since] ?? (now - Date.parse(since)) / 3_600_000;
  if (hours <= MOST) return "hour";
  return hours / HOURS_OF_DAY <= MOST ? "day" : "week";
}
