import { useState } from "react";

/** A choice of this reader that stays in this browser; what was kept in another form counts as nothing. */
export function useKept<Value>(
  name: string,
  initial: Value,
  is: (value: unknown) => value is Value,
): readonly [Value, (value: Value) => void] {
  const place = `chariot.kept.${name}`;
  const [value, setValue] = useState<Value>(() => read(place, is) ?? initial);
  function keep(next: Value) {
    setValue(next);
    try {
      localStorage.setItem(place, JSON.stringify(next));
    } catch {
      // A browser that keeps nothing still shows the choice until the page goes.
    }
  }
  return [value, keep];
}

function read<Value>(place: string, is: (value: unknown) => value is Value): Value | undefined {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(place) ?? "null");
    return is(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
