import { type ChangeEvent, useState } from "react";

type Box = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** The text of one box of a form: spread `box` into it. */
export function useText(initial = "") {
  const [value, set] = useState(initial);
  return {
    value,
    set,
    box: {
      value,
      onChange: (event: ChangeEvent<Box>) => {
        set(event.target.value);
      },
    },
  };
}

/** The words of a text, however they are kept apart. */
export function wordsIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}
