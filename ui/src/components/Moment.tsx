/** An instant that somebody chooses, in the reader's own zone. */

/** Return *instant* as the box of a browser spells it; nothing for what is none. */
function localOf(instant: string): string {
  const at = Date.parse(instant);
  if (Number.isNaN(at)) return "";
  const zone = new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - zone).toISOString().slice(0, 16);
}

export interface MomentProps {
  label: string;
  /** An instant; anything else leaves the box empty. */
  value: string;
  /** The empty text says that the choice was taken back. */
  onChange: (instant: string) => void;
}

export function Moment({ label, value, onChange }: MomentProps) {
  return (
    <label className="flex items-center gap-1.5 text-sm text-quiet">
      {label}
      <input
        type="datetime-local"
        className="min-h-8 rounded-md border border-line bg-panel px-2 text-ink"
        value={localOf(value)}
        onChange={(event) => {
          const chosen = event.target.value;
          onChange(chosen === "" ? "" : new Date(chosen).toISOString());
        }}
      />
    </label>
  );
}
