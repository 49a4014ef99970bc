import type { ButtonHTMLAttributes } from "react";

type Look = "primary" | "plain" | "danger" | "quiet";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent border-transparent hover:opacity-90",
  plain: "bg-panel text-ink border-line hover:bg-raised",
  danger: "bg-panel text-critical border-critical hover:bg-raised",
  quiet: "bg-transparent text-quiet border-transparent hover:bg-raised hover:text-ink",
};

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  /** True while what it started has not ended: it cannot be started twice. */
  busy?: boolean;
}

export function Button({ look = "plain", busy = false, className = "", disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      aria-busy={busy}
      disabled={disabled === true || busy}
      className={`inline-flex min-h-8 items-center justify-center gap-1.5 rounded-md border px-2.5 py-1 text-sm font-medium disabled:cursor-not-allowed disabled:opacity-50 ${LOOKS[look]} ${className}`}
      {...rest}
    />
  );
}
