/** Follows the change log: what changed on the server is read again here.
 *
 * The browser connects again by itself and tells the number of the last change it got, so nothing is missed.
 */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import type { Schemas } from "@/api/client";

type Change = Schemas["Change"];

const ADDRESS = "/api/v1/changes/live";
/** Changes come in bursts; one reading answers for all of them. */
const GATHERED_MS = 500;

let connected = true;
const listeners = new Set<() => void>();

function tell(now: boolean): void {
  if (now === connected) return;
  connected = now;
  for (const listener of listeners) listener();
}

/** True while the page follows the server. */
export function useLive(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connected,
  );
}

/** Read again what the changes touch: an entity by its key, and every list that is in view. */
export function refresh(client: QueryClient, keys: ReadonlySet<string>): Promise<void> {
  return client.invalidateQueries({
    predicate: ({ queryKey: [what, key] }) =>
      what === "entity" ? typeof key === "string" && keys.has(key) : what !== "session",
  });
}

/** Keep every query current while the page is open. */
export function useLiveUpdates(): void {
  const client = useQueryClient();
  useEffect(() => {
    const gathered = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;

    function onChange(event: MessageEvent<string>) {
      const change = JSON.parse(event.data) as Change;
      gathered.add(change.key);
      if (change.target != null) gathered.add(change.target);
      timer ??= setTimeout(() => {
        timer = undefined;
        void refresh(client, new Set(gathered));
        gathered.clear();
      }, GATHERED_MS);
    }

    const source = new EventSource(ADDRESS);
    source.addEventListener("change", onChange as (event: Event) => void);
    source.addEventListener("open", () => {
      // What failed while the server was away is tried again at once.
      if (!connected) void client.invalidateQueries();
      tell(true);
    });
    source.addEventListener("error", () => {
      tell(false);
    });
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [client]);
}
