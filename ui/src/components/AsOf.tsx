/** The moment that a view shows: now, or any instant of the past. */
import { Button } from "@/components/Button";

function localOf(instant: string | undefined): string {
  if (instant === undefined) return "";
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function AsOf({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (instant: string | undefined) => void;
}) {
  return (
    <span className="flex items-center gap-1.5 text-sm">
      <label className="flex items-center gap-1.5 text-quiet">
        As of
        <input
          type="datetime-local"
          className="min-h-8 rounded-md border border-line bg-panel px-2 text-sm text-ink"
          value={localOf(value)}
          onChange={(event) => {
            const { value: chosen } = event.target;
            onChange(chosen === "" ? undefined : new Date(chosen).toISOString());
          }}
        />
      </label>
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
    </span>
  );
}
