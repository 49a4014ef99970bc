import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Panel } from "@/components/Panel";
import { Shown } from "@/components/States";

const PERIOD_MS = 10_000;

/** Which parts of the server can do their work, and why one cannot. */
export function Health() {
  const health = useQuery({
    queryKey: ["health"],
    // 503 is an answer here: it carries the reasons.
    queryFn: async ({ signal }) =>
      (await (await fetch("/health/ready", { signal })).json()) as Schemas["Ready"],
    refetchInterval: PERIOD_MS,
  });
  return (
    <Panel title="System health">
      <Shown query={health}>
        {({ parts }) => (
          <ul className="flex flex-col divide-y divide-line/60 text-sm">
            {parts.map((part) => (
              <li key={part.name} className="py-1.5">
                <p className="flex justify-between gap-2">
                  {part.name}
                  <Badge tone={part.ready ? "good" : "critical"}>{part.ready ? "ready" : "away"}</Badge>
                </p>
                {part.reason !== "" && <p className="text-xs break-words text-quiet">{part.reason}</p>}
              </li>
            ))}
          </ul>
        )}
      </Shown>
    </Panel>
  );
}
