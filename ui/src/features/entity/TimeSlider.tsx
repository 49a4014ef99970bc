import { Button } from "@/components/Button";
import { type VersionItem } from "@/features/entity/useVersions";
import { moment } from "@/lib/format";

export interface TimeSliderProps {
  /** Newest first. */
  versions: readonly VersionItem[];
  value: string | undefined;
  onChange: (instant: string | undefined) => void;
}

/** Walks through the versions of an entity; the right end is now. */
export function TimeSlider({ versions, value, onChange }: TimeSliderProps) {
  const steps = [...versions].reverse();
  if (steps.length < 2) return null;
  const last = steps.length - 1;
  const at = value === undefined ? last : steps.findLastIndex(({ valid_from }) => valid_from <= value);
  const step = steps[Math.max(0, at)];
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-lg border border-line bg-panel px-4 py-2 text-sm">
      <label className="flex min-w-64 flex-1 items-center gap-3">
        <span className="whitespace-nowrap text-quiet">
          Version {Math.max(0, at) + 1} of {steps.length}
        </span>
        <input
          type="range"
          className="w-full accent-(--accent)"
          min={0}
          max={last}
          value={Math.max(0, at)}
          aria-valuetext={step === undefined ? "" : moment(step.valid_from)}
          onChange={(event) => {
            const chosen = event.target.valueAsNumber;
            onChange(chosen === last ? undefined : steps[chosen]?.valid_from);
          }}
        />
      </label>
      <span className="tabular-nums">{value === undefined ? "now" : moment(value)}</span>
      {value !== undefined && (
        <Button
          look="quiet"
          onClick={() => {
            onChange(undefined);
          }}
        >
          Now
        </Button>
      )}
    </div>
  );
}
