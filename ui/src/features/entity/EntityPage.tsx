import { useQuery } from "@tanstack/react-query";
import { Link, getRouteApi, useNavigate } from "@tanstack/react-router";
import { api, body } from "@/api/client";
import type { AnyRecord, RiskRecord } from "@/api/kinds";
import { Badge } from "@/components/Badge";
import { Panel } from "@/components/Panel";
import { Shown } from "@/components/States";
import { Facts } from "@/features/entity/Facts";
import { History } from "@/features/entity/History";
import { Origin } from "@/features/entity/Origin";
import { Relationships } from "@/features/entity/Relationships";
import { TimeSlider } from "@/features/entity/TimeSlider";
import { RiskDetail } from "@/features/risks/RiskDetail";
import { ago, kindWord, moment } from "@/lib/format";
import { useVersions } from "@/features/entity/useVersions";

const route = getRouteApi("/entity");

/** One entity at one moment: its facts, what it is joined to, how it was found, and all it ever was. */
export function EntityPage() {
  const { key, as_of } = route.useSearch();
  const navigate = useNavigate();
  const versions = useVersions(key);
  const entity = useQuery({
    queryKey: ["entity", key, "at", as_of ?? ""],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/entities/{key}", {
          params: { path: { key }, query: as_of === undefined ? {} : { as_of } },
          signal,
        }),
        // Without `fields` it is the whole record.
      ).data as AnyRecord,
  });

  return (
    <div className="flex flex-col gap-4 p-4 md:p-6">
      <Shown query={entity}>
        {(record) => (
          <>
            <header className="flex flex-col gap-1">
              <p className="text-sm text-quiet">
                {kindWord(record.kind)} · <code className="font-mono text-xs break-all">{record.key}</code>
              </p>
              <div className="flex flex-wrap items-center gap-2">
                <h1 className="text-lg font-semibold break-all">{record.name}</h1>
                <Badge>{record.status}</Badge>
                <Link
                  to="/graph"
                  search={{ around: key }}
                  className="text-sm text-accent underline-offset-2 hover:underline"
                >
                  Show in the graph
                </Link>
              </div>
              <p className="text-sm text-quiet">
                First seen {moment(record.created)}, last seen {ago(record.visited)} by{" "}
                {record.origins.join(", ")}
              </p>
            </header>
            <TimeSlider
              versions={versions.data ?? []}
              value={as_of}
              onChange={(instant) =>
                void navigate({
                  to: "/entity",
                  search: instant === undefined ? { key } : { key, as_of: instant },
                  replace: true,
                })
              }
            />
            <div className="grid gap-4 xl:grid-cols-2">
              <Panel title={record.kind === "risk" ? "Risk" : "Facts"} className="self-start">
                {record.kind === "risk" ? (
                  <RiskDetail risk={record as unknown as RiskRecord} />
                ) : (
                  <Facts record={record} />
                )}
              </Panel>
              <div className="flex min-w-0 flex-col gap-4">
                <Panel title="How it was found">
                  <Origin entityKey={key} asOf={as_of} />
                </Panel>
                <Panel title="Joined to">
                  <Relationships entityKey={key} asOf={as_of} />
                </Panel>
                <Panel title="History">
                  <Shown query={versions}>{(found) => <History versions={found} />}</Shown>
                </Panel>
              </div>
            </div>
          </>
        )}
      </Shown>
    </div>
  );
}
