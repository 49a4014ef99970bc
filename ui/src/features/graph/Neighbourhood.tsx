import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Suspense, lazy, useState } from "react";
import { api, body } from "@/api/client";
import { EntityLink } from "@/components/EntityLink";
import { Panel } from "@/components/Panel";
import { Loading, Shown } from "@/components/States";
import { count, keyName, percent } from "@/lib/format";

// The drawing library is only fetched by those who look at a graph.
const Canvas = lazy(() => import("@/features/graph/Canvas"));
const MOST = 5_000;

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
              <details className="mt-2 text-sm">
                <summary className="cursor-pointer text-quiet">The same as a list</summary>
                <ul className="mt-2 grid max-h-96 gap-1 overflow-y-auto md:grid-cols-2">
                  {keys.map((key) => (
                    <li key={key}>
                      <EntityLink entityKey={key} name={key} />
                    </li>
                  ))}
                </ul>
              </details>
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

function Blast({ entityKey: key }: { entityKey: string }) {
  const blast = useQuery({
    queryKey: ["graph", "blast", key],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/graph/entities/{key}/blast-radius", { params: { path: { key } }, signal }))
        .data,
    retry: false,
  });
  return (
    <Shown query={blast}>
      {({ places, critical, left_out: cut }) => (
        <div className="flex flex-col gap-3 text-sm">
          <p>
            Whoever holds this can come to <strong>{count(places.length + cut)}</strong> other places
            {critical.length > 0 && <>, {count(critical.length)} of them critical</>}.
          </p>
          <ul className="flex max-h-112 flex-col gap-1 overflow-y-auto">
            {places.map((place) => (
              <li key={place.key} className="flex justify-between gap-2">
                <EntityLink entityKey={place.key} />
                <span className="text-quiet tabular-nums">{percent(place.likelihood)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Shown>
  );
}
