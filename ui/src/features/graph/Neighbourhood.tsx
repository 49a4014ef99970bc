import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Suspense, lazy, useState } from "react";
import { api, body } from "@/api/client";
import { Button } from "@/components/Button";
import { EntityLink } from "@/components/EntityLink";
import { Panel } from "@/components/Panel";
import { Loading, Shown } from "@/components/States";
import { FIRST_TIME, PATIENT } from "@/features/graph/words";
import { count, keyName, percent } from "@/lib/format";

// The drawing library is only fetched by those who look at a graph.
const Canvas = lazy(() => import("@/features/graph/Canvas"));
const MOST = 5_000;
const LISTED = 200;

/** What stands around one entity, and what falls with it. */
export function Neighbourhood({ around }: { around: string }) {
  const [hops, setHops] = useState(2);
  const navigate = useNavigate();
  const found = useQuery({
    queryKey: ["graph", "around", around, hops],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/graph/entities/{key}/neighbourhood", {
          params: { path: { key: around }, query: { hops, limit: MOST } },
          signal,
        }),
      ).data,
  });
  return (
    <div className="grid flex-1 gap-4 xl:grid-cols-4">
      <Panel
        title={`Around ${keyName(around)}`}
        className="xl:col-span-3"
        aside={
          <label className="flex items-center gap-2 text-sm text-quiet">
            Steps
            <select
              className="min-h-8 rounded-md border border-line bg-panel px-2 text-ink"
              value={hops}
              onChange={(event) => {
                setHops(Number(event.target.value));
              }}
            >
              {[1, 2, 3, 4].map((number) => (
                <option key={number}>{number}</option>
              ))}
            </select>
          </label>
        }
      >
        <Shown query={found} rows={12}>
          {({ keys, links, left_out: cut }) => (
            <>
              <Suspense fallback={<Loading rows={12} />}>
                <Canvas
                  centre={around}
                  keys={keys}
                  links={links}
                  onOpen={(key) => void navigate({ to: "/graph", search: { view: "around", around: key } })}
                />
              </Suspense>
              <p className="mt-2 text-xs text-quiet">
                {count(keys.length)} entities, {count(links.length)} relationships
                {cut ? `; only the nearest ${count(MOST)} are shown` : ""}. Click one to stand there.
              </p>
              <AsList keys={keys} />
            </>
          )}
        </Shown>
      </Panel>
      <Panel title="What falls with it">
        <Blast entityKey={around} />
      </Panel>
    </div>
  );
}

/** The drawing's entities as links; they are made when somebody opens the list. */
function AsList({ keys }: { keys: readonly string[] }) {
  const [isOpen, setIsOpen] = useState(false);
  const [length, setLength] = useState(LISTED);
  return (
    <details
      className="mt-2 text-sm"
      onToggle={(event) => {
        setIsOpen(event.currentTarget.open);
      }}
    >
      <summary className="cursor-pointer text-quiet">The same as a list</summary>
      {isOpen && (
        <>
          <ul className="mt-2 grid max-h-96 gap-1 overflow-y-auto md:grid-cols-2">
            {keys.slice(0, length).map((key) => (
              <li key={key}>
                <EntityLink entityKey={key} name={key} />
              </li>
            ))}
          </ul>
          {keys.length > length && (
            <Button
              className="mt-2"
              onClick={() => {
                setLength(length + LISTED);
              }}
            >
              Show more of {count(keys.length)}
            </Button>
          )}
        </>
      )}
    </details>
  );
}

function Blast({ entityKey: key }: { entityKey: string }) {
  const blast = useQuery({
    ...PATIENT,
    queryKey: ["graph", "blast", key],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/graph/entities/{key}/blast-radius", { params: { path: { key } }, signal }))
        .data,
  });
  return (
    <Shown query={blast} waiting={FIRST_TIME}>
      {({ places, critical, left_out: cut }) => (
        <div className="flex flex-col gap-3 text-sm">
          <p>
            Whoever holds this can come to <strong>{count(places.length + cut)}</strong> other places
            {critical.length > 0 && <>, {count(critical.length)} of them critical</>}.
          </p>
          <ul className="flex max-h-112 flex-col gap-1 overflow-y-auto">
            {places.slice(0, LISTED).map((place) => (
              <li key={place.key} className="flex justify-between gap-2">
                <EntityLink entityKey={place.key} />
                <span className="text-quiet tabular-nums">{percent(place.likelihood)}</span>
              </li>
            ))}
          </ul>
          {places.length > LISTED && (
            <p className="text-xs text-quiet">These are the {count(LISTED)} likeliest.</p>
          )}
        </div>
      )}
    </Shown>
  );
}
