/** Keys that work anywhere: `g` and a letter goes to a page, `/` to the filter, `j` and `k` into the list. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { PAGES } from "@/app/pages";

const PAUSE_MS = 1_000;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"))
  );
}

/** Let the list of the page have a key that was pressed elsewhere, and all that follow. */
function intoList({ key, target }: KeyboardEvent): void {
  const list = document.querySelector<HTMLElement>("[role=grid]");
  if (list === null || list.contains(target as Node) || document.querySelector("[role=dialog]") !== null)
    return;
  list.focus();
  list.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

export function useHotkeys(): void {
  const navigate = useNavigate();
  useEffect(() => {
    let pressedAt = -Infinity;
    function onKeyDown(event: KeyboardEvent) {
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "/") {
        document.querySelector<HTMLInputElement>("[data-hotkey='/']")?.focus();
        event.preventDefault();
      } else if (event.key === "g") {
        pressedAt = event.timeStamp;
      } else if (event.timeStamp - pressedAt < PAUSE_MS) {
        const page = PAGES.find(({ hotkey }) => hotkey === event.key);
        if (page !== undefined) void navigate({ to: page.to });
        pressedAt = -Infinity;
      } else if (event.key === "j" || event.key === "k") {
        intoList(event);
      }
    }
    document.addEventListener("keydown", onKeyDown);
    return () => {
      document.removeEventListener("keydown", onKeyDown);
    };
  }, [navigate]);
}
