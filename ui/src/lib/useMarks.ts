import { useCallback, useState } from "react";

const NOTHING: ReadonlySet<string> = new Set();

/** Keys that a person marked for one action on all of them. */
export function useMarks() {
  const [marked, setMarked] = useState(NOTHING);
  const mark = useCallback((key: string, on: boolean) => {
    setMarked((before) => {
      const after = new Set(before);
      if (on) after.add(key);
      else after.delete(key);
      return after;
    });
  }, []);
  const clear = useCallback(() => {
    setMarked(NOTHING);
  }, []);
  return { marked, mark, clear };
}
