import { TONE_TEXT } from "@/components/tones";

/** A score of 0 to 100 as a number and a bar: the number carries the meaning, the bar only helps the eye. */
export function Score({ value }: { value: number }) {
  const tone = value >= 80 ? "critical" : value >= 60 ? "high" : value >= 40 ? "medium" : "low";
  return (
    <span className={`inline-flex items-center gap-2 tabular-nums ${TONE_TEXT[tone]}`}>
      <span className="w-6 text-right font-semibold">{value}</span>
      <svg aria-hidden="true" width="44" height="6" viewBox="0 0 100 6" preserveAspectRatio="none">
        <rect width="100" height="6" rx="3" className="fill-raised" />
        <rect width={value} height="6" rx="3" className="fill-current" />
      </svg>
    </span>
  );
}
