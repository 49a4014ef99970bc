/** What the clock does by itself: scans, and reports that are kept as files. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api } from "@/api/client";
import { list } from "@/api/kinds";
import { Allowed } from "@/components/Allowed";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Empty, Shown } from "@/components/States";
import { AddSchedule } from "@/features/schedules/AddSchedule";
import { ago, duration } from "@/lib/format";

type Schedule = Schemas["IntegrationRecord"];
export type ScheduleType = "scan" | "report";
const MOST = 1_000;

export function Schedules({ type }: { type: ScheduleType }) {
  const [adding, setAdding] = useState(false);
  const found = useQuery({
    queryKey: ["list", "integrations", type],
    queryFn: ({ signal }) => list<Schedule>("integrations", { filter: `type=${type}`, limit: MOST }, signal),
  });
  return (
    <>
      <Allowed to="integrations:write">
        <div className="mb-2">
          <Button
            onClick={() => {
              setAdding(true);
            }}
          >
            {type === "scan" ? "Schedule a scan…" : "Schedule a report…"}
          </Button>
        </div>
      </Allowed>
      <Shown query={found} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing is scheduled">
              {type === "scan"
                ? "What was found is looked at again by itself when its time is over; a schedule orders more."
                : "A report that is scheduled is written by the clock and kept here."}
            </Empty>
          ) : (
            <ul className="flex flex-col divide-y divide-line/60 text-sm">
              {items.map((schedule) => (
                <ScheduleLine key={schedule.key} schedule={schedule} />
              ))}
            </ul>
          )
        }
      </Shown>
      {adding && (
        <AddSchedule
          type={type}
          onClose={() => {
            setAdding(false);
          }}
        />
      )}
    </>
  );
}

function ScheduleLine({ schedule }: { schedule: Schedule }) {
  const client = useQueryClient();
  const [sure, setSure] = useState(false);
  const params = { params: { path: { label: schedule.label } } };
  const act = useMutation({
    mutationFn: async (what: "run" | "remove") => {
      if (what === "run") await api.POST("/api/v1/integrations/{label}/run", params);
      else await api.DELETE("/api/v1/integrations/{label}", params);
    },
    onSuccess: () => client.invalidateQueries(),
  });
  const options = Object.entries(schedule.options).map(([name, value]) => `${name} ${value}`);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
      <span className="min-w-32 flex-1 font-medium wrap-anywhere">{schedule.label}</span>
      <span>
        {schedule.every_minutes === 0 ? "when asked" : `every ${duration(schedule.every_minutes * 60)}`}
      </span>
      {!schedule.enabled && <Badge>off</Badge>}
      <Allowed to="integrations:write">
        <Button
          busy={act.isPending}
          onClick={() => {
            act.mutate("run");
          }}
        >
          Run now
        </Button>
        <Button
          look="danger"
          busy={act.isPending}
          onClick={() => {
            if (sure) act.mutate("remove");
            else setSure(true);
          }}
        >
          {sure ? "Remove it" : "Remove…"}
        </Button>
      </Allowed>
      <p className="w-full text-xs wrap-anywhere text-quiet">{options.join(", ") || "as it is by itself"}</p>
      {schedule.last_run_at !== null && (
        <p className="w-full text-xs wrap-anywhere text-quiet">
          <Badge>{schedule.last_outcome}</Badge> {ago(schedule.last_run_at)}: {schedule.last_message}
        </p>
      )}
      {act.error !== null && (
        <p role="alert" className="w-full text-critical">
          {act.error.message}
        </p>
      )}
    </li>
  );
}
