import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { useMay } from "@/app/session";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Refusal } from "@/components/Refusal";
import { Empty, Shown } from "@/components/States";
import { ago, count, duration } from "@/lib/format";
import { useRecords } from "@/lib/useRecords";

type Scan = Schemas["ScanRecord"];
type Gap = Schemas["Gap"];
type Verb = "pause" | "resume" | "cancel";

const PERIOD_MS = 2_000;
const SHOWN = 10;
const UNDER_WAY: ReadonlySet<Schemas["ScanPhase"]> = new Set(["running", "paused", "cancelling"]);

/** Each order to look, the newest first: who gave it, how far it is, and what it could not look at. */
export function ScanList() {
  const [length, setLength] = useState(SHOWN);
  const scans = useRecords<Scan>("scans", { sort: "-started_at" });
  const isMore = scans.rows.length > length || scans.hasNextPage;
  return (
    <Shown query={scans}>
      {() =>
        scans.rows.length === 0 ? (
          <Empty title="No scan was ordered yet">
            What is found is looked at by itself; a scan looks at all of it, or at what you name, now.
          </Empty>
        ) : (
          <>
            <ul className="flex flex-col divide-y divide-line/60 text-sm">
              {scans.rows.slice(0, length).map((scan) => (
                <Line key={scan.key} scan={scan} />
              ))}
            </ul>
            {isMore && (
              <Button
                className="mt-3"
                busy={scans.isFetchingNextPage}
                onClick={() => {
                  setLength(length * 2);
                  if (scans.rows.length < length * 2 && scans.hasNextPage) void scans.fetchNextPage();
                }}
              >
                Show more
              </Button>
            )}
          </>
        )
      }
    </Shown>
  );
}

function Line({ scan }: { scan: Scan }) {
  const isUnderWay = UNDER_WAY.has(scan.state);
  const now = useQuery({
    queryKey: ["scan", scan.id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/scans/{scan}", { params: { path: { scan: scan.id } }, signal })).data,
    // What has ended stands in its record.
    enabled: isUnderWay,
    refetchInterval: PERIOD_MS,
  });
  const looked = now.data?.progress.looked ?? scan.looked;
  const waiting = now.data?.progress.waiting ?? scan.waiting;
  const unknown = now.data?.progress.unknown ?? scan.unknown;
  const state = now.data?.state ?? scan.state;
  return (
    <li className="flex flex-col gap-1.5 py-2.5" aria-label={`Scan ${scan.id}`}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Badge>{state}</Badge>
        <span className="min-w-40 flex-1 font-medium wrap-anywhere">
          {scan.seeds.length === 0 ? "All that is known" : scan.seeds.join(", ")}
          {scan.deny.length > 0 && (
            <span className="font-normal text-quiet"> except {scan.deny.join(", ")}</span>
          )}
        </span>
        <span className="text-quiet">
          {scan.depth === null ? "as deep as its seeds allow" : scan.depth}
          {scan.due_only ? ", what is due" : ""}
        </span>
        <Steering scan={scan.id} state={state} />
      </div>
      {isUnderWay && <Progress looked={looked} waiting={waiting} />}
      <p className="flex flex-wrap gap-x-3 text-xs text-quiet">
        <span>
          {scan.requested_by === "" ? "ordered" : `by ${scan.requested_by}`}
          {scan.started_at !== null && `, ${ago(scan.started_at)}`}
          {scan.started_at !== null &&
            scan.ended_at !== null &&
            `, took ${lasted(scan.started_at, scan.ended_at)}`}
        </span>
        <span className="tabular-nums">
          {count(looked)} looks{isUnderWay && `, ${count(waiting)} waiting`}
        </span>
        <code className="font-mono">{scan.id}</code>
      </p>
      <Gaps gaps={now.data?.progress.gaps ?? gapsOf(scan.gaps)} unknown={unknown} />
    </li>
  );
}

function lasted(from: string, until: string): string {
  return duration((Date.parse(until) - Date.parse(from)) / 1_000);
}

/** The record keeps them as text; one that cannot be read says nothing. */
function gapsOf(text: string): Gap[] {
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) ? (found as Gap[]) : [];
  } catch {
    return [];
  }
}

function Progress({ looked, waiting }: { looked: number; waiting: number }) {
  const share = looked + waiting === 0 ? 0 : looked / (looked + waiting);
  return (
    <svg
      role="progressbar"
      aria-label="Looked at, of what is known so far"
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      className="h-1.5 w-full text-accent"
      viewBox="0 0 100 2"
      preserveAspectRatio="none"
    >
      <rect width="100" height="2" className="fill-raised" />
      <rect width={share * 100} height="2" className="fill-current" />
    </svg>
  );
}

/** What it could not look at is unknown, never clean. */
function Gaps({ gaps, unknown }: { gaps: readonly Gap[]; unknown: number }) {
  if (unknown === 0) return null;
  return (
    <details className="text-xs">
      <summary className="min-h-6 cursor-pointer">
        <Badge tone="medium">{`${count(unknown)} unknown`}</Badge>
      </summary>
      <ul className="mt-1 flex flex-col gap-1 pl-4">
        {gaps.map((gap) => (
          <li key={`${gap.capability} ${gap.reason}`} className="wrap-anywhere">
            {gap.capability}: {gap.reason}{" "}
            <span className="text-quiet">
              ({count(gap.count)}
              {gap.examples.length > 0 && `, such as ${gap.examples.slice(0, 3).join(", ")}`})
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Steering({ scan, state }: { scan: string; state: Schemas["ScanPhase"] }) {
  const client = useQueryClient();
  const may = useMay();
  const steer = useMutation({
    mutationFn: async (verb: Verb) => {
      await api.POST(`/api/v1/scans/{scan}/${verb}`, { params: { path: { scan } } });
    },
    onSuccess: () => client.invalidateQueries(),
  });
  if (!UNDER_WAY.has(state) || state === "cancelling" || !may("scans:write")) return null;
  return (
    <>
      <Button
        busy={steer.isPending}
        onClick={() => {
          steer.mutate(state === "paused" ? "resume" : "pause");
        }}
      >
        {state === "paused" ? "Go on" : "Pause"}
      </Button>
      <Button
        look="danger"
        busy={steer.isPending}
        onClick={() => {
          steer.mutate("cancel");
        }}
      >
        Cancel
      </Button>
      <Refusal error={steer.error} />
    </>
  );
}
