import { useQuery } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { EntityLink } from "@/components/EntityLink";
import { Panel } from "@/components/Panel";
import { Empty, Shown } from "@/components/States";
import { FIRST_TIME, PATIENT } from "@/features/graph/words";
import { keyName, percent } from "@/lib/format";

const PER_TARGET = 3;
const MOST = 50;

/** The likeliest ways from the internet to what matters, step by step with the reason for each. */
export function AttackPaths() {
  const paths = useQuery({
    ...PATIENT,
    queryKey: ["graph", "paths"],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/graph/paths", { params: { query: { k: PER_TARGET, limit: MOST } }, signal }),
      ).data,
  });
  return (
    <Shown query={paths} rows={8} waiting={FIRST_TIME}>
      {({ paths: found, unreached }) =>
        found.length === 0 ? (
          <Empty title="No way in is known">
            {unreached} critical assets cannot be reached, as far as is known.
          </Empty>
        ) : (
          <div className="flex flex-col gap-4">
            {found.map((path, at) => (
              <Panel
                key={`${path.target} ${at}`}
                title={`To ${keyName(path.target)}`}
                aside={<span className="text-sm text-quiet">likelihood {percent(path.likelihood)}</span>}
              >
                <ol className="flex flex-col gap-3">
                  {path.steps.map((step, number) => (
                    <li key={number} className="border-l-2 border-accent pl-3 text-sm">
                      <p className="flex flex-wrap items-center gap-2">
                        {step.source === "internet" ? (
                          <span>the internet</span>
                        ) : (
                          <EntityLink entityKey={step.source} />
                        )}
                        <span aria-label="to">→</span>
                        <EntityLink entityKey={step.target} />
                        <span className="text-xs text-quiet">
                          {step.move}, {percent(step.likelihood)}
                        </span>
                      </p>
                      <p className="break-words text-quiet">{step.why}</p>
                      {step.fix != null && <p className="text-good">Fix: {step.fix.words}</p>}
                    </li>
                  ))}
                </ol>
              </Panel>
            ))}
          </div>
        )
      }
    </Shown>
  );
}
