/** The scans that were ordered in this browser: their ids are what pauses or cancels them. */
import { useKept } from "@/lib/useKept";

export interface OrderedScan {
  scan: string;
  at: string;
  what: string;
}

const MOST = 10;

function isScans(value: unknown): value is OrderedScan[] {
  return (
    Array.isArray(value) &&
    value.every((one: Partial<OrderedScan> | null) =>
      [one?.scan, one?.at, one?.what].every((field) => typeof field === "string"),
    )
  );
}

export function useOrderedScans() {
  const [scans, keep] = useKept<OrderedScan[]>("scans", [], isScans);
  return {
    scans,
    add: (scan: OrderedScan) => {
      keep([scan, ...scans].slice(0, MOST));
    },
    forget: (scan: string) => {
      keep(scans.filter((one) => one.scan !== scan));
    },
  };
}

/** Return the values that a person wrote between commas, spaces or line breaks, each once. */
export function words(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((word) => word !== ""))];
}
