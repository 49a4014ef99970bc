import { useQuery } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";
import { Badge } from "@/components/Badge";
import { EntityLink } from "@/components/EntityLink";
import { Panel } from "@/components/Panel";
import { Empty, Shown } from "@/components/States";
import { FIRST_TIME, PATIENT } from "@/features/graph/words";
import { percent } from "@/lib/format";

const STEPS = 20;

/** The few fixes that close most ways in, one after the other, and the smallest set that closes all. */
export function FixPlan() {
  const plan = useQuery({
    ...PATIENT,
    queryKey: ["graph", "fix-plan"],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/graph/fix-plan", { params: { query: { steps: STEPS } }, signal })).data,
  });
  return (
    <Shown query={plan} rows={8} waiting={FIRST_TIME}>
      {(found) =>
        found.paths === 0 ? (
          <Empty title="No way in is known">
            Nobody comes from the internet to anything that matters, as far as is known: see the coverage.
          </Empty>
        ) : (
          <Plan {...found} />
        )
      }
    </Shown>
  );
}

function Plan({
  paths,
  steps,
  smallest,
  smallest_cost: cost,
  possible,
  targets,
  assumed,
}: Schemas["FixPlan"]) {
  // The headline names the fewest steps that close most of the ways.
  const few = steps.find(({ closed }) => closed >= 0.8) ?? steps[steps.length - 1];
  const number = few === undefined ? 0 : steps.indexOf(few) + 1;
  return (
    <>
      {few !== undefined && (
        <p className="text-xl font-semibold">
          {number === 1 ? "This 1 fix closes" : `These ${number} fixes close`} {percent(few.closed)} of{" "}
          {paths} attack {paths === 1 ? "path" : "paths"}.
        </p>
      )}
      {assumed && (
        <p className="text-sm text-quiet">
          Nothing is marked as critical, so every asset that holds a risk counts as one. Tag what matters to
          sharpen this.
        </p>
      )}
      <div className="grid gap-4 xl:grid-cols-3">
        <Panel title="In this order" className="xl:col-span-2">
          <ol className="flex flex-col divide-y divide-line/60">
            {steps.map(({ fix, closes, closed, open_targets: open }, at) => (
              <li
                key={`${fix.at}${fix.to}${fix.what}`}
                className="flex flex-wrap gap-3 py-2.5 sm:flex-nowrap"
              >
                <span className="w-6 text-right font-semibold tabular-nums">{at + 1}</span>
                <div className="min-w-0 flex-1">
                  <p className="break-words">{fix.words}</p>
                  <p className="mt-0.5 flex flex-wrap items-center gap-2 text-xs text-quiet">
                    <Badge tone="quiet">{fix.kind}</Badge>
                    <EntityLink entityKey={fix.at} />
                    <span>cost {fix.cost}</span>
                    {fix.risks.slice(0, 3).map((key) => (
                      <EntityLink key={key} entityKey={key} name={key.split("#").pop() ?? key} />
                    ))}
                  </p>
                </div>
                <div className="shrink-0 text-right text-xs max-sm:w-full sm:w-44">
                  <p className="tabular-nums">
                    closes {closes}, then {percent(closed)}
                  </p>
                  <svg
                    aria-hidden="true"
                    className="my-1 h-1.5 w-full text-good"
                    viewBox="0 0 100 2"
                    preserveAspectRatio="none"
                  >
                    <rect width="100" height="2" className="fill-raised" />
                    <rect width={closed * 100} height="2" className="fill-current" />
                  </svg>
                  <p className="text-quiet">{open} targets can still be reached</p>
                </div>
              </li>
            ))}
          </ol>
        </Panel>
        <div className="flex flex-col gap-4">
          <Panel title="The smallest set that closes all">
            {possible ? (
              <>
                <p className="mb-2 text-sm text-quiet">
                  {smallest.length} fixes, cost {cost}
                </p>
                <ul className="flex list-disc flex-col gap-1.5 pl-4 text-sm">
                  {smallest.map((fix) => (
                    <li key={`${fix.at}${fix.to}${fix.what}`} className="break-words">
                      {fix.words}
                    </li>
                  ))}
                </ul>
              </>
            ) : (
              <p className="text-sm text-quiet">Some ways in cannot be closed by a fix that is known here.</p>
            )}
          </Panel>
          <Panel title="What can be reached">
            <ul className="flex max-h-96 flex-col gap-1.5 overflow-y-auto text-sm">
              {targets.map(({ key, likelihood }) => (
                <li key={key} className="flex justify-between gap-3">
                  <EntityLink entityKey={key} />
                  <span className="text-quiet tabular-nums">{percent(likelihood)}</span>
                </li>
              ))}
            </ul>
          </Panel>
        </div>
      </div>
    </>
  );
}
