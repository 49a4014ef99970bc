import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { list } from "@/api/kinds";
import { Allowed } from "@/components/Allowed";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { EntityLink } from "@/components/EntityLink";
import { Panel } from "@/components/Panel";
import { Empty, Shown } from "@/components/States";
import { DeadLetters } from "@/features/scans/DeadLetters";
import { Queues } from "@/features/scans/Queues";
import { ScanDialog } from "@/features/scans/ScanDialog";
import { ScanList } from "@/features/scans/ScanList";
import { ago } from "@/lib/format";

type JobRecord = Schemas["JobRecord"];
const JOBS = 100;
const PERIOD_MS = 2_000;

/** What is being looked at now, what waits, what could not be done, and the switch that stops all of it. */
export function Running() {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const scan = useQuery({
    queryKey: ["scan"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/scans/current", { signal })).data,
    refetchInterval: PERIOD_MS,
  });
  const act = useMutation({
    mutationFn: async (what: "stop" | "resume") => {
      if (what === "stop")
        await api.POST("/api/v1/scans/current/stop", { body: { reason: "stopped in the dashboard" } });
      else await api.POST("/api/v1/scans/current/resume", { body: {} as never });
    },
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <>
      <Allowed to="scans:write">
        <div className="flex flex-wrap items-center gap-2">
          <Button
            look="primary"
            onClick={() => {
              setAsking(true);
            }}
          >
            Scan…
          </Button>
          {scan.data?.stopped ? (
            <Button
              look="primary"
              busy={act.isPending}
              onClick={() => {
                act.mutate("resume");
              }}
            >
              Let it go on
            </Button>
          ) : (
            <Button
              look="danger"
              busy={act.isPending}
              onClick={() => {
                act.mutate("stop");
              }}
            >
              Stop everything that is sent
            </Button>
          )}
        </div>
      </Allowed>
      {act.error !== null && (
        <p role="alert" className="text-sm text-critical">
          {act.error.message}
        </p>
      )}
      <Shown query={scan} rows={2}>
        {(state) => (
          <>
            {state.stopped !== "" && (
              <p role="status" className="rounded-md border border-medium/50 bg-medium/8 px-4 py-2 text-sm">
                Stopped: {state.stopped}. Nothing is sent to anyone.
              </p>
            )}
            <Panel title="Scans">
              <ScanList />
            </Panel>
            <Panel title={state.waiting === 0 ? "Nothing waits" : `${state.waiting} pieces of work wait`}>
              <Queues queues={state.queues} />
            </Panel>
          </>
        )}
      </Shown>
      <div className="grid gap-4 xl:grid-cols-2">
        <Panel title="Could not be looked at">
          <Jobs filter="outcome=unknown" empty="Everything that was tried had an answer" />
        </Panel>
        <Panel title="Latest jobs">
          <Jobs filter="" empty="Nothing has run yet" />
        </Panel>
      </div>
      <Panel title="Work that failed for good">
        <DeadLetters />
      </Panel>
      {asking && (
        <ScanDialog
          onClose={() => {
            setAsking(false);
          }}
        />
      )}
    </>
  );
}

function Jobs({ filter, empty }: { filter: string; empty: string }) {
  const jobs = useQuery({
    queryKey: ["list", "jobs", filter],
    queryFn: ({ signal }) => list<JobRecord>("jobs", { filter, sort: "-updated", limit: JOBS }, signal),
  });
  return (
    <Shown query={jobs}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title={empty} />
        ) : (
          <ul className="flex max-h-96 flex-col divide-y divide-line/60 overflow-y-auto text-sm">
            {items.map((job) => (
              <li key={job.key} className="flex flex-wrap items-center gap-x-3 gap-y-0.5 py-1.5">
                <span className="w-32 truncate">{job.capability}</span>
                <span className="min-w-32 flex-1 truncate">
                  <EntityLink entityKey={job.target} />
                </span>
                <Badge>{job.outcome}</Badge>
                <span className="w-20 text-right text-xs text-quiet">{ago(job.updated)}</span>
                {job.reason !== "" && (
                  <span className="w-full text-xs break-words text-quiet">{job.reason}</span>
                )}
              </li>
            ))}
          </ul>
        )
      }
    </Shown>
  );
}
