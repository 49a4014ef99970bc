/** The filter of a list: its terms as chips, and a box for the next one, in the API's own language. */
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { terms, withTerm, withoutTerm } from "@/lib/terms";

export interface FilterBarProps {
  filter: string;
  onChange: (filter: string) => void;
  /** Terms that are offered while the box is empty. */
  offers?: readonly string[];
  /** An example of a term, while there is none. */
  example?: string;
  /** What the server says is wrong with the filter. */
  problem?: string;
}

export function FilterBar({
  filter,
  onChange,
  offers = [],
  example = "status=active",
  problem,
}: FilterBarProps) {
  const [draft, setDraft] = useState("");
  const box = useRef<HTMLInputElement>(null);
  const id = useId();
  const present = terms(filter);

  function keep() {
    const added = draft.trim();
    if (added === "") return;
    onChange(terms(added).reduce(withTerm, filter));
    setDraft("");
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === "Enter") {
      event.preventDefault();
      keep();
    } else if (event.key === "Backspace" && draft === "" && present.length > 0) {
      event.preventDefault();
      const last = present[present.length - 1] ?? "";
      onChange(withoutTerm(filter, last));
      setDraft(last);
    }
  }

  return (
    <div className="min-w-0">
      <div className="flex flex-wrap items-center gap-1.5 rounded-md border border-line bg-panel px-2 py-1 focus-within:border-accent">
        {present.map((term) => (
          <span
            key={term}
            className="inline-flex items-center rounded bg-raised py-0.5 pr-0.5 pl-2 font-mono text-xs"
          >
            {term}
            <button
              type="button"
              aria-label={`Remove ${term}`}
              className="ml-1 size-6 rounded text-quiet hover:bg-panel hover:text-ink"
              onClick={() => {
                onChange(withoutTerm(filter, term));
                box.current?.focus();
              }}
            >
              ×
            </button>
          </span>
        ))}
        <input
          ref={box}
          data-hotkey="/"
          aria-label="Filter"
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : id}
          className="min-w-40 flex-1 bg-transparent py-1 font-mono text-xs outline-none placeholder:text-quiet"
          placeholder={present.length === 0 ? `${example}  (press /)` : "and…"}
          spellCheck={false}
          autoComplete="off"
          value={draft}
          onChange={(event) => {
            setDraft(event.target.value);
          }}
          onKeyDown={onKeyDown}
          onBlur={keep}
        />
      </div>
      {problem !== undefined && (
        <p id={id} role="alert" className="mt-1 text-xs text-critical">
          {problem}
        </p>
      )}
      {offers.length > 0 && (
        <div className="mt-1.5 flex flex-wrap gap-1.5">
          {offers
            .filter((offer) => !present.includes(offer))
            .map((offer) => (
              <button
                key={offer}
                type="button"
                className="min-h-6 rounded border border-dashed border-line px-1.5 font-mono text-xs text-quiet hover:border-accent hover:text-ink"
                onClick={() => {
                  onChange(withTerm(filter, offer));
                }}
              >
                + {offer}
              </button>
            ))}
        </div>
      )}
    </div>
  );
}
