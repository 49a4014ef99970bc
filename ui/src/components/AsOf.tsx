/** The moment that a view shows: now, or any instant of the past. */
import { Button } from "@/components/Button";
import { Moment } from "@/components/Moment";

export function AsOf({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (instant: string | undefined) => void;
}) {
  return (
    <span className="flex items-center gap-1.5 text-sm">
      <Moment
        label="As of"
        value={value ?? ""}
        onChange={(instant) => {
          onChange(instant === "" ? undefined : instant);
        }}
      />
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
