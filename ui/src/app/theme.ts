/** Light or dark: what the reader chose, or what their system says. */
import { useSyncExternalStore } from "react";

type Theme = "light" | "dark";
const KEPT = "chariot.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function current(): Theme {
  const kept = localStorage.getItem(KEPT);
  if (kept === "light" || kept === "dark") return kept;
  return system.matches ? "dark" : "light";
}

function apply(): void {
  document.documentElement.dataset["theme"] = current();
  for (const listener of listeners) listener();
}

export function startTheme(): void {
  system.addEventListener("change", apply);
  apply();
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);
  return [
    theme,
    (chosen) => {
      localStorage.setItem(KEPT, chosen);
      apply();
    },
  ];
}
