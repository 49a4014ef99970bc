/** Follows the change log: what changed on the server is read again here.
 *
 * The browser connects again by itself and tells the number of the last change it got, so nothing is missed.
 */
import { type Query, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import type { Schemas } from "@/api/client";
import { inOrganisation } from "@/api/organisation";

type Change = Schemas["Change"];

/** "live" follows each change, "polling" asks now and then, "away" cannot reach the server. */
export type Connection = "live" | "polling" | "away";

const ADDRESS = "/api/v1/changes/live";
/** Changes come in bursts; one reading answers for all of them. */
const GATHERED_MS = 1_000;
/** What takes the server long to count is read again this much later, once for all changes of that time. */
const CALM_MS = 15_000;
/** How often a page asks that may not follow the changes, and how often one that is cut off tries again. */
const PERIOD_MS = 20_000;
/** A list that someone scrolled far down stays still: reading all of it again would take many requests. */
const MOST_PAGES = 5;

let connection: Connection = "live";
const listeners = new Set<() => void>();

function tell(now: Connection): void {
  if (now === connection) return;
  connection = now;
  for (const listener of listeners) listener();
}

/** How the page follows the server. */
export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
}

function isDeep({ state }: Query): boolean {
  const data = state.data as { pages?: readonly unknown[] } | undefined;
  return (data?.pages?.length ?? 0) > MOST_PAGES;
}

function isCalm({ meta }: Query): boolean {
  return meta?.["calm"] === true;
}

/** Read again what the changes touch: an entity by its key, and every list that is in view.
 *
 * A query whose meta says that it is calm counts much; `refreshCalm` reads it.
 */
export function refresh(client: QueryClient, keys: ReadonlySet<string>): Promise<void> {
  return client.invalidateQueries({
    predicate: (query) => {
      const [what, key] = query.queryKey;
      if (what === "entity") return typeof key === "string" && keys.has(key);
      return what !== "session" && !isCalm(query) && !isDeep(query);
    },
  });
}

export function refreshCalm(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ predicate: isCalm });
}

/** Follow the server until the answer's function is called. */
function follow(client: QueryClient): () => void {
  const gathered = new Set<string>();
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let calming: ReturnType<typeof setTimeout> | undefined;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | undefined;
  let isOver = false;

  function onChange(event: MessageEvent<string>) {
    const change = JSON.parse(event.data) as Change;
    gathered.add(change.key);
    if (change.target != null) gathered.add(change.target);
    gathering ??= setTimeout(() => {
      gathering = undefined;
      void refresh(client, new Set(gathered));
      gathered.clear();
    }, GATHERED_MS);
    calming ??= setTimeout(() => {
      calming = undefined;
      void refreshCalm(client);
    }, CALM_MS);
  }

  function onOpen() {
    // What failed while the server was away is tried again at once.
    if (connection !== "live") void client.invalidateQueries();
    tell("live");
  }

  async function onRefused() {
    // The browser has given up: the server answered, but not with a stream. Only what it says elsewhere tells why.
    try {
      await fetch("/health/live");
      if (connection !== "live") void client.invalidateQueries();
      else void client.invalidateQueries({ queryKey: ["session"] });
      tell("polling");
    } catch {
      tell("away");
    }
    if (!isOver) waiting = setTimeout(connect, PERIOD_MS);
  }

  function connect() {
    source = new EventSource(inOrganisation(ADDRESS));
    source.addEventListener("change", onChange as (event: Event) => void);
    source.addEventListener("open", onOpen);
    source.addEventListener("error", () => {
      if (source?.readyState === EventSource.CLOSED) void onRefused();
      else tell("away");
    });
  }

  connect();
  return () => {
    isOver = true;
    source?.close();
    clearTimeout(gathering);
    clearTimeout(calming);
    clearTimeout(waiting);
  };
}

/** Keep every query current while the page is open; another organisation has other changes. */
export function useLiveUpdates(organisation: string): void {
  const client = useQueryClient();
  useEffect(() => follow(client), [client, organisation]);
}
