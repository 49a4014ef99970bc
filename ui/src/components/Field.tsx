import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from "react";

const BOX =
  "min-h-8 w-full rounded-md border border-line bg-panel px-2 py-1 text-sm placeholder:text-quiet focus:border-accent";

interface Labelled {
  label: string;
  /** Stands below the box: what may be written here, or what is wrong with it. It describes the box and is no part of its name. */
  hint?: ReactNode;
}

function isThere(hint: ReactNode): boolean {
  return hint !== undefined && hint !== null && hint !== "";
}

function describedBy(id: string, hint: ReactNode): string | undefined {
  return isThere(hint) ? `${id}-hint` : undefined;
}

function Hint({ id, children }: { id: string; children: ReactNode }) {
  if (!isThere(children)) return null;
  return (
    <span id={`${id}-hint`} className="mt-1 block text-xs text-quiet">
      {children}
    </span>
  );
}

export function TextField({ label, hint, ...rest }: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div className="text-sm">
      <label className="mb-1 block font-medium" htmlFor={id}>
        {label}
      </label>
      <input id={id} className={BOX} aria-describedby={describedBy(id, hint)} {...rest} />
      <Hint id={id}>{hint}</Hint>
    </div>
  );
}

export interface SelectFieldProps extends Labelled, SelectHTMLAttributes<HTMLSelectElement> {
  options: readonly (readonly [value: string, words: string])[];
}

export function SelectField({ label, hint, options, ...rest }: SelectFieldProps) {
  const id = useId();
  return (
    <div className="text-sm">
      <label className="mb-1 block font-medium" htmlFor={id}>
        {label}
      </label>
      <select id={id} className={BOX} aria-describedby={describedBy(id, hint)} {...rest}>
        {options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      <Hint id={id}>{hint}</Hint>
    </div>
  );
}
