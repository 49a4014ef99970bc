import { type ReactNode, type TextareaHTMLAttributes, useId } from "react";

/** A box for several lines. */
export function AreaField({
  label,
  hint,
  ...rest
}: { label: string; hint?: ReactNode } & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <label className="block text-sm" htmlFor={id}>
      <span className="mb-1 block font-medium">{label}</span>
      <textarea
        id={id}
        rows={3}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        className="w-full rounded-md border border-line bg-panel px-2 py-1 font-mono text-xs focus:border-accent"
        {...rest}
      />
      {hint !== undefined && (
        <span id={`${id}-hint`} className="mt-1 block text-xs text-quiet">
          {hint}
        </span>
      )}
    </label>
  );
}
