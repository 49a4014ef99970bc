import { useState } from "react";
import { Button } from "@/components/Button";

/** Something that is shown once, to be copied. */
export function Secret({ label, value }: { label: string; value: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="my-3 rounded-md border border-good/50 bg-good/8 px-3 py-2 text-sm">
      <p role="status">
        {label} <code className="font-mono break-all select-all">{value}</code>
      </p>
      <Button
        className="mt-2 text-xs"
        onClick={() => {
          // Where a browser does not allow it, the text is there to be marked.
          void navigator.clipboard.writeText(value).then(
            () => {
              setCopied(true);
            },
            () => undefined,
          );
        }}
      >
        {copied ? "Copied" : "Copy"}
      </Button>
    </div>
  );
}
