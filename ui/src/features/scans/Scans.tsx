import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Button } from "@/components/Button";
import { PageHead } from "@/components/PageHead";
import { Panel } from "@/components/Panel";
import { Contracts } from "@/features/scans/Contracts";
import { Journal } from "@/features/scans/Journal";
import { Running } from "@/features/scans/Running";
import { Schedules } from "@/features/schedules/Schedules";

const route = getRouteApi("/scans");
const VIEWS = [
  ["now", "Now"],
  ["schedules", "Schedules"],
  ["contracts", "Contracts"],
  ["journal", "Journal"],
] as const;

type View = (typeof VIEWS)[number][0];

/** What is looked at, when, by whose word, and what was sent to whom for that. */
export function Scans() {
  const { view, address } = route.useSearch();
  const navigate = useNavigate();
  const shown: View = VIEWS.find(([name]) => name === view)?.[0] ?? "now";
  return (
    <div className="flex flex-col gap-4 p-4 md:p-6">
      <PageHead title="Scans">
        <div role="group" aria-label="View" className="flex flex-wrap gap-1">
          {VIEWS.map(([name, words]) => (
            <Button
              key={name}
              aria-pressed={shown === name}
              className="aria-pressed:border-accent"
              onClick={() => void navigate({ to: "/scans", search: name === "now" ? {} : { view: name } })}
            >
              {words}
            </Button>
          ))}
        </div>
      </PageHead>
      {shown === "now" && <Running />}
      {shown === "schedules" && (
        <Panel title="Scans by the clock">
          <Schedules type="scan" />
        </Panel>
      )}
      {shown === "contracts" && <Contracts />}
      {shown === "journal" && (
        <Journal
          key={address ?? ""}
          address={address ?? ""}
          onAddress={(asked) =>
            void navigate({
              to: "/scans",
              search: { view: "journal", ...(asked === "" ? {} : { address: asked }) },
            })
          }
        />
      )}
    </div>
  );
}
