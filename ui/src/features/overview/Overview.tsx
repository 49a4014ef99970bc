import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { Link, getRouteApi, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Page, RiskRecord } from "@/api/kinds";
import { Badge } from "@/components/Badge";
import { EntityLink } from "@/components/EntityLink";
import { Moment } from "@/components/Moment";
import { PageHead } from "@/components/PageHead";
import { Panel } from "@/components/Panel";
import { Score } from "@/components/Score";
import { Empty, Loading, Shown } from "@/components/States";
import { Coverage } from "@/features/overview/Coverage";
import { Exposure } from "@/features/overview/Exposure";
import { TOP, statisticsQuery, topQuery } from "@/features/overview/first";
import { NewAndGone } from "@/features/overview/NewAndGone";
import { RiskAges } from "@/features/overview/RiskAges";
import { RiskBars } from "@/features/overview/RiskBars";
import { SPANS, isChosen } from "@/features/overview/span";
import { useSeries } from "@/features/overview/useSeries";
import { count, kindWord, plural } from "@/lib/format";

const route = getRouteApi("/");
const OTHER = "other";
const HEADLINE = ["domain", "address", "port", "webapplication", "technology", "certificate"];

/** What a manager sees in two minutes: how much is exposed, how bad, what first, and what is not known. */
export function Overview() {
  const { since = "7d" } = route.useSearch();
  const navigate = useNavigate();
  const top = useQuery(topQuery);
  const statistics = useQuery(statisticsQuery);
  // What takes longer to count is asked for when the first view stands.
  const isFirstHere = !top.isPending && !statistics.isPending;
  return (
    <div className="flex flex-col gap-4 p-4 md:p-6">
      <PageHead title="Overview">
        <Since
          value={since}
          onChange={(chosen) => void navigate({ to: "/", search: { since: chosen }, replace: true })}
        />
      </PageHead>
      <Shown query={statistics} rows={2}>
        {({ on_surface: here }) => <Numbers here={here} since={isFirstHere ? since : undefined} />}
      </Shown>
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
          <FixFirst query={top} />
        </Panel>
        <Panel title="Risks by decision">
          <Later is={isFirstHere}>
            <RiskBars />
            <h3 className="mt-4 mb-2 border-t border-line pt-3 text-sm font-semibold">By age</h3>
            <RiskAges />
          </Later>
        </Panel>
        <Panel title="Exposure over time" className="xl:col-span-2">
          <Later is={isFirstHere}>
            <Exposure since={since} />
          </Later>
        </Panel>
        <Panel title="Coverage">
          <Later is={isFirstHere}>
            <Coverage />
          </Later>
        </Panel>
        <Panel
          title="New and gone"
          className="xl:col-span-3"
          aside={
            <Link to="/changes" search={{ since }} className="text-sm text-accent">
              All changes
            </Link>
          }
        >
          <Later is={isFirstHere}>
            <NewAndGone since={since} />
          </Later>
        </Panel>
      </div>
    </div>
  );
}

function Later({ is, children }: { is: boolean; children: ReactNode }) {
  return is ? children : <Loading rows={4} />;
}

/** The moment that now is compared with: one of a few, or any. */
function Since({ value, onChange }: { value: string; onChange: (since: string) => void }) {
  const chosen = isChosen(value);
  return (
    <>
      <label className="flex items-center gap-2 text-sm text-quiet">
        Compared with
        <select
          className="min-h-8 rounded-md border border-line bg-panel px-2 text-sm text-ink"
          value={chosen ? OTHER : value}
          onChange={(event) => {
            const since = event.target.value;
            onChange(since === OTHER ? new Date(Date.now() - 86_400_000).toISOString() : since);
          }}
        >
          {SPANS.map(([span, words]) => (
            <option key={span} value={span}>
              {words}
            </option>
          ))}
          <option value={OTHER}>a moment of choice</option>
        </select>
      </label>
      {chosen && (
        <Moment
          label="which is"
          value={value}
          onChange={(instant) => {
            if (instant !== "" && Date.parse(instant) < Date.now()) onChange(instant);
          }}
        />
      )}
    </>
  );
}

function Numbers({
  here,
  since,
}: {
  here: Readonly<Record<string, number>>;
  /** Nothing while it is too early to compare. */
  since: string | undefined;
}) {
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 xl:grid-cols-6">
      {HEADLINE.map((kind) => (
        <div key={kind} className="rounded-lg border border-line bg-panel px-4 py-3">
          <dt className="text-xs text-quiet first-letter:uppercase">{plural(kindWord(kind))}</dt>
          <dd className="flex flex-wrap items-baseline gap-x-2 text-2xl font-semibold tabular-nums">
            <Link to="/assets" search={{ kind: plural(kind) }} className="hover:underline">
              {count(here[kind] ?? 0)}
            </Link>
            {since !== undefined && <Growth kind={kind} since={since} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** How many more, or fewer, there are than at the moment that is compared with. */
function Growth({ kind, since }: { kind: string; since: string }) {
  const { data } = useSeries("assets", since);
  const counts = data?.lines.find(({ value }) => value === kind)?.counts;
  if (counts === undefined) return null;
  const more = (counts[counts.length - 1] ?? 0) - (counts[0] ?? 0);
  return (
    <span className="text-xs font-normal text-quiet">
      {more === 0 ? "as before" : `${more > 0 ? "+" : "−"}${count(Math.abs(more))}`}
    </span>
  );
}

function FixFirst({ query: top }: { query: UseQueryResult<Page<RiskRecord>> }) {
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
                  <p className="truncate leading-6 [&>a]:block [&>a]:truncate">
                    <EntityLink entityKey={risk.key} name={risk.title || risk.name} />
                  </p>
                  <p className="flex gap-1 text-xs leading-6 text-quiet">
                    <span className="max-w-1/2 shrink-0 truncate">{risk.weakness}</span> at
                    <span className="min-w-0 truncate [&>a]:block [&>a]:truncate">
                      <EntityLink entityKey={risk.target} />
                    </span>
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
