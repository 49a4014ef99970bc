import type { Tone } from "@/components/Badge";

export const TONE_TEXT: Record<Tone, string> = {
  critical: "text-critical",
  high: "text-high",
  medium: "text-medium",
  low: "text-low",
  good: "text-good",
  quiet: "text-quiet",
};
