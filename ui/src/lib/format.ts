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
const dayOnly = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const timeOnly = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
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

/** "21 Nov" of the reader's zone. */
export function day(instant: Date): string {
  return dayOnly.format(instant);
}

/** "14:05" of the reader's zone. */
export function timeOfDay(instant: Date): string {
  return timeOnly.format(instant);
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
  if (seconds < 86_400)
    return joined([Math.floor(seconds / 3_600), "h"], [Math.floor((seconds % 3_600) / 60), "min"]);
  return joined([Math.floor(seconds / 86_400), "d"], [Math.floor((seconds % 86_400) / 3_600), "h"]);
}

function joined(...parts: readonly (readonly [number, string])[]): string {
  return parts.flatMap(([number, unit]) => (number === 0 ? [] : [`${number} ${unit}`])).join(" ");
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

/** Split a key into its kind and what identifies it: `#domain#a.test` is `["domain", "a.test"]`. */
function keyParts(key: string): [kind: string, ...identity: string[]] {
  const [, kind = "", ...identity] = key.split("#");
  return [kind, ...identity.map((part) => part.replaceAll("%23", "#").replaceAll("%25", "%"))];
}

const DIGEST = /^[0-9a-f]{64}$/;

/** The kind that a key names. */
export function keyKind(key: string): string {
  return keyParts(key)[0];
}

/** What a person calls the entity of a key: `#port#192.0.2.7#tcp#443` is "192.0.2.7:443/tcp". */
export function keyName(key: string): string {
  const [kind, ...identity] = keyParts(key);
  const [first = "", second = "", third = ""] = identity;
  if (kind === "port") return `${first.includes(":") ? `[${first}]` : first}:${third}/${second}`;
  if (kind === "risk") return `${weaknessOf(key)} at ${targetOf(key)}`;
  if (kind === "attribute") return attributeName(identity);
  if (kind === "job") return `${first} of ${keyName(nested(identity.slice(1)))}`;
  if (DIGEST.test(first)) return `${first.slice(0, 16)}…`;
  return identity.join(" ") || key;
}

/** "tls-versions: TLSv1.3 at 192.0.2.7:443/tcp": what is stated comes first, and of what last. */
function attributeName(identity: readonly string[]): string {
  const [label = "", value = ""] = identity.slice(-2);
  return `${label}${value === "" ? "" : `: ${value}`} at ${keyName(nested(identity.slice(0, -2)))}`;
}

/** What the risk of a key is: `#risk#port#192.0.2.7#tcp#443#CVE-2024-1` is "CVE-2024-1". */
export function weaknessOf(key: string): string {
  return keyParts(key).at(-1) ?? key;
}

/** What the risk of a key was found at, as a person calls it. */
export function targetOf(key: string): string {
  const [, ...identity] = keyParts(key);
  return keyName(nested(identity.slice(0, -1)));
}

function nested(parts: readonly string[]): string {
  return `#${parts.map((part) => part.replaceAll("%", "%25").replaceAll("#", "%23")).join("#")}`;
}

/** "87 %" for a share of one. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 1 ? value.toFixed(1) : Math.round(value)} %`;
}
