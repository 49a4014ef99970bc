import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Button } from "@/components/Button";
import { PageHead } from "@/components/PageHead";
import { Empty } from "@/components/States";
import { AttackPaths } from "@/features/graph/AttackPaths";
import { FixPlan } from "@/features/graph/FixPlan";
import { Neighbourhood } from "@/features/graph/Neighbourhood";
import { Prune } from "@/features/graph/Prune";

const route = getRouteApi("/graph");
const VIEWS = [
  ["fixes", "Fix plan"],
  ["paths", "Attack paths"],
  ["around", "Neighbourhood"],
  ["prune", "Prune"],
] as const;

type View = (typeof VIEWS)[number][0];

/** How things hang together: ways in, the few fixes that close most of them, and what stands around one asset. */
export function GraphPage() {
  const { around, view } = route.useSearch();
  const navigate = useNavigate();
  const shown: View =
    VIEWS.find(([name]) => name === view)?.[0] ?? (around === undefined ? "fixes" : "around");
  return (
    <div className="flex min-h-full flex-col gap-4 p-4 md:p-6">
      <PageHead title="Graph">
        <div role="group" aria-label="View" className="flex gap-1">
          {VIEWS.map(([name, words]) => (
            <Button
              key={name}
              aria-pressed={shown === name}
              className="aria-pressed:border-accent"
              onClick={() =>
                void navigate({
                  to: "/graph",
                  search: { view: name, ...(around === undefined ? {} : { around }) },
                })
              }
            >
              {words}
            </Button>
          ))}
        </div>
      </PageHead>
      {shown === "fixes" && <FixPlan />}
      {shown === "paths" && <AttackPaths />}
      {shown === "prune" && <Prune />}
      {shown === "around" &&
        (around === undefined ? (
          <Empty title="Around what?">Open an asset or a risk and choose “Show in the graph”.</Empty>
        ) : (
          <Neighbourhood key={around} around={around} />
        ))}
    </div>
  );
}
