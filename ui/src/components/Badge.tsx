import type { ReactNode } from "react";

export type Tone = "critical" | "high" | "medium" | "low" | "good" | "quiet";

const TONES: Record<Tone, string> = {
  critical: "text-critical border-critical/50 bg-critical/8",
  high: "text-high border-high/50 bg-high/8",
  medium: "text-medium border-medium/50 bg-medium/8",
  low: "text-low border-low/50 bg-low/8",
  good: "text-good border-good/50 bg-good/8",
  quiet: "text-quiet border-line bg-raised",
};

const TONE_OF: Readonly<Record<string, Tone>> = {
  critical: "critical",
  high: "high",
  medium: "medium",
  low: "low",
  info: "quiet",
  act: "critical",
  attend: "high",
  "track*": "medium",
  track: "quiet",
  open: "high",
  triage: "medium",
  accepted: "low",
  remediated: "good",
  rejected: "quiet",
  active: "good",
  stale: "medium",
  pending: "low",
  frozen: "low",
  excluded: "quiet",
  gone: "quiet",
  appeared: "high",
  changed: "medium",
  left: "quiet",
  done: "good",
  running: "low",
  paused: "medium",
  cancelling: "medium",
  cancelled: "quiet",
  failed: "critical",
  unknown: "medium",
};

/** The tone of a word of the model: a severity, a decision, a state, a status. */
export function toneOf(word: string): Tone {
  return TONE_OF[word] ?? "quiet";
}

export function Badge({ tone, children }: { tone?: Tone; children: ReactNode }) {
  const shown = tone ?? (typeof children === "string" ? toneOf(children) : "quiet");
  return (
    <span
      className={`inline-block rounded border px-1.5 py-px text-xs font-medium whitespace-nowrap ${TONES[shown]}`}
    >
      {children}
    </span>
  );
}
