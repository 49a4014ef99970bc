/** How numbers and instants read. */

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const whole = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const counted = new Intl.NumberFormat("en");
const shortened = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** "3 hr. ago", measured from `now`. */
export function ago(instant: string, now: number = Date.now()): string {
  const seconds = (new Date(instant).getTime() - now) / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return seconds > 0 ? "in a moment" : "just now";
}

/** Date and time of the reader's zone. */
export function moment(instant: string): string {
  return whole.format(new Date(instant));
}

export function count(value: number): string {
  return counted.format(value);
}

/** "1.2K" for places with little room. */
export function brief(value: number): string {
  return shortened.format(value);
}

/** "2 d 3 h" for a duration in seconds. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

const PLURALS: Readonly<Record<string, string>> = {
  address: "addresses",
  technology: "technologies",
  vulnerability: "vulnerabilities",
};

/** The list's name of a kind, as the API spells it. */
export function plural(kind: string): string {
  return PLURALS[kind] ?? `${kind}s`;
}

const WORDS: Readonly<Record<string, string>> = {
  dnsrecord: "DNS record",
  webapplication: "web application",
  alertrule: "alert rule",
  importpage: "import page",
};

/** What a person calls a kind. */
export function kindWord(kind: string): string {
  return WORDS[kind] ?? kind;
}

/** Split a key into its kind and what names it: `#domain#a.test` is `["domain", "a.test"]`. */
export function keyParts(key: string): [kind: string, rest: string] {
  const [, kind = "", ...rest] = key.split("#");
  return [kind, rest.join(" ").trim()];
}

/** "87 %" for a share of one. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 1 ? value.toFixed(1) : Math.round(value)} %`;
}
