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

/** The words of a text between commas, spaces or line breaks, each once. */
export function wordsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((word) => word !== ""))];
}

/** The lines of a text that say something, each once. */
export function linesIn(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ""))];
}
