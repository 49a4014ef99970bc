import { useQuery } from "@tanstack/react-query";
import { Link, getRouteApi } from "@tanstack/react-router";
import type { Schemas } from "@/api/client";
import { list } from "@/api/kinds";
import { Badge } from "@/components/Badge";
import { Panel } from "@/components/Panel";
import { Empty, Shown } from "@/components/States";
import { IncidentDetail } from "@/features/administration/IncidentDetail";
import { ago, count } from "@/lib/format";

export type Incident = Schemas["IncidentRecord"];
const route = getRouteApi("/administration");

/** What the audit log gives reason to look into. */
export function Incidents() {
  const { open } = route.useSearch();
  const incidents = useQuery({
    queryKey: ["list", "incidents"],
    queryFn: ({ signal }) => list<Incident>("incidents", { sort: "-updated", limit: 500 }, signal),
  });
  return (
    <Shown query={incidents}>
      {({ items }) => {
        const chosen = items.find(({ id }) => id === open);
        return (
          <div className="grid gap-4 xl:grid-cols-2">
            <Panel title="Incidents">
              {items.length === 0 ? (
                <Empty title="No incident">
                  Rules look at the audit log all the time; nothing has given reason yet.
                </Empty>
              ) : (
                <ul className="flex flex-col divide-y divide-line/60 text-sm">
                  {items.map((incident) => (
                    <Line key={incident.key} incident={incident} isOpen={incident.id === open} />
                  ))}
                </ul>
              )}
            </Panel>
            {chosen !== undefined && <IncidentDetail key={chosen.id} incident={chosen} />}
          </div>
        );
      }}
    </Shown>
  );
}

function Line({ incident, isOpen }: { incident: Incident; isOpen: boolean }) {
  return (
    <li>
      <Link
        to="/administration"
        search={{ view: "incidents", open: incident.id }}
        aria-current={isOpen ? "true" : undefined}
        className="flex flex-wrap items-center gap-x-3 gap-y-1 px-1 py-2 hover:bg-raised aria-[current=true]:bg-raised"
      >
        {incident.severity !== null && <Badge>{incident.severity}</Badge>}
        <span className="min-w-0 flex-1 basis-48">
          <span className="block truncate font-medium">{incident.title}</span>
          <span className="block truncate text-xs text-quiet">{incident.subject}</span>
        </span>
        <span className="text-xs text-quiet">
          {count(incident.events)} {incident.events === 1 ? "event" : "events"}
        </span>
        {incident.last_at !== null && <span className="text-xs text-quiet">{ago(incident.last_at)}</span>}
        <Badge>{incident.state}</Badge>
      </Link>
    </li>
  );
}
