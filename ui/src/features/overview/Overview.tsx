import { useQuery } from "@tanstack/react-query";
import { Link, getRouteApi, useNavigate } from "@tanstack/react-router";
import { api, body } from "@/api/client";
import { type RiskRecord, list } from "@/api/kinds";
import { Badge } from "@/components/Badge";
import { EntityLink } from "@/components/EntityLink";
import { PageHead } from "@/components/PageHead";
import { Panel } from "@/components/Panel";
import { Score } from "@/components/Score";
import { Empty, Shown } from "@/components/States";
import { ChangeList } from "@/features/changes/ChangeList";
import { useDiff } from "@/features/changes/useDiff";
import { Coverage } from "@/features/overview/Coverage";
import { Exposure } from "@/features/overview/Exposure";
import { RiskAges } from "@/features/overview/RiskAges";
import { RiskBars } from "@/features/overview/RiskBars";
import { count, kindWord, plural } from "@/lib/format";

const route = getRouteApi("/");
const TOP = 8;
const SPANS = [
  ["24h", "24 hours"],
  ["7d", "7 days"],
  ["30d", "30 days"],
  ["90d", "90 days"],
] as const;
const HEADLINE = ["domain", "address", "port", "webapplication", "technology", "certificate"];

/** What a manager sees in two minutes: how much is exposed, how bad, what first, and what is not known. */
export function Overview() {
  const { since = "7d" } = route.useSearch();
  const navigate = useNavigate();
  return (
    <div className="flex flex-col gap-4 p-4 md:p-6">
      <PageHead title="Overview">
        <label className="flex items-center gap-2 text-sm text-quiet">
          Compared with
          <select
            className="min-h-8 rounded-md border border-line bg-panel px-2 text-sm text-ink"
            value={since}
            onChange={(event) =>
              void navigate({ to: "/", search: { since: event.target.value }, replace: true })
            }
          >
            {SPANS.map(([span, words]) => (
              <option key={span} value={span}>
                {words} ago
              </option>
            ))}
          </select>
        </label>
      </PageHead>
      <Numbers />
      <div className="grid gap-4 xl:grid-cols-3">
        <Panel
          title="Fix this first"
          className="xl:col-span-2"
          aside={
            <Link to="/risks" search={{ filter: "state=triage,open" }} className="text-sm text-accent">
              All risks
            </Link>
          }
        >
          <FixFirst />
        </Panel>
        <Panel title="Risks by decision">
          <RiskBars />
          <h3 className="mt-4 mb-2 border-t border-line pt-3 text-sm font-semibold">By age</h3>
          <RiskAges />
        </Panel>
        <Panel title="Exposure over time" className="xl:col-span-2">
          <Exposure since={since} />
        </Panel>
        <Panel title="Coverage">
          <Coverage />
        </Panel>
        <Panel
          title="What changed"
          className="xl:col-span-3"
          aside={
            <Link to="/changes" search={{ since }} className="text-sm text-accent">
              All changes
            </Link>
          }
        >
          <New since={since} />
        </Panel>
      </div>
    </div>
  );
}

function Numbers() {
  const statistics = useQuery({
    queryKey: ["statistics"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/statistics", { signal })).data,
  });
  return (
    <Shown query={statistics} rows={2}>
      {({ on_surface: here }) => (
        <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-6">
          {HEADLINE.map((kind) => (
            <div key={kind} className="rounded-lg border border-line bg-panel px-4 py-3">
              <dt className="text-xs text-quiet first-letter:uppercase">{plural(kindWord(kind))}</dt>
              <dd className="text-2xl font-semibold tabular-nums">
                <Link to="/assets" search={{ kind: plural(kind) }} className="hover:underline">
                  {count(here[kind] ?? 0)}
                </Link>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Shown>
  );
}

function FixFirst() {
  const top = useQuery({
    queryKey: ["list", "risks", "first"],
    queryFn: ({ signal }) =>
      list<RiskRecord>("risks", { filter: "state=triage,open", sort: "-score", limit: TOP }, signal),
  });
  return (
    <Shown query={top} rows={TOP}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="Nothing to fix">
            Either nothing is wrong, or nothing was scanned yet: see the coverage.
          </Empty>
        ) : (
          <ol className="flex flex-col divide-y divide-line/60">
            {items.map((risk) => (
              <li key={risk.key} className="flex items-center gap-3 py-2">
                <Score value={risk.score ?? 0} />
                <div className="min-w-0 flex-1">
                  <p className="truncate leading-6">
                    <EntityLink entityKey={risk.key} name={risk.title || risk.name} />
                  </p>
                  <p className="truncate text-xs leading-6 text-quiet">
                    {risk.weakness} at <EntityLink entityKey={risk.target} />
                  </p>
                </div>
                {risk.decision != null && <Badge>{risk.decision}</Badge>}
              </li>
            ))}
          </ol>
        )
      }
    </Shown>
  );
}

function New({ since }: { since: string }) {
  const diff = useDiff({ since, limit: 12 });
  return <Shown query={diff}>{({ items }) => <ChangeList items={items} />}</Shown>;
}
