import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { list } from "@/api/kinds";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Empty, Shown } from "@/components/States";
import { count } from "@/lib/format";

type JobRecord = Pick<Schemas["JobRecord"], "key" | "capability" | "outcome">;
const MOST = 1_000;
const SHOWN = 8;

interface Line {
  capability: string;
  answered: number;
  unknown: number;
}

function linesOf(jobs: readonly JobRecord[]): Line[] {
  return [...Map.groupBy(jobs, ({ capability }) => capability)]
    .map(([capability, members]) => {
      const unknown = members.filter(({ outcome }) => outcome === "unknown").length;
      return { capability, answered: members.length - unknown, unknown };
    })
    .sort((one, other) => other.unknown - one.unknown || one.capability.localeCompare(other.capability));
}

/** What ran, and what could not: the second is unknown, never clean, and stands first. */
export function Coverage() {
  const [isWhole, setIsWhole] = useState(false);
  const jobs = useQuery({
    queryKey: ["list", "jobs", "coverage"],
    queryFn: ({ signal }) =>
      list<JobRecord>("jobs", { sort: "-updated", limit: MOST, fields: "capability,outcome" }, signal),
    meta: { calm: true },
  });
  return (
    <Shown query={jobs}>
      {({ items, cursor }) => {
        if (items.length === 0) return <Empty title="Nothing has run yet">Add a seed under Sources.</Empty>;
        const lines = linesOf(items);
        const unknown = items.filter(({ outcome }) => outcome === "unknown").length;
        return (
          <>
            <p className="mb-3 text-sm">
              {unknown === 0 ? (
                "Everything that was asked was answered."
              ) : (
                <>
                  <strong className="text-medium">{count(unknown)}</strong> of {count(items.length)} jobs
                  could not look: what they would have found is unknown.
                </>
              )}{" "}
              <Link to="/scans" className="inline-block leading-6 text-accent">
                Jobs and their reasons
              </Link>
            </p>
            <table className="w-full text-sm">
              <thead className="text-left text-xs text-quiet">
                <tr>
                  <th className="pb-1 font-medium">Capability</th>
                  <th className="pb-1 text-right font-medium">Answered</th>
                  <th className="pb-1 text-right font-medium">Unknown</th>
                </tr>
              </thead>
              <tbody>
                {lines.slice(0, isWhole ? lines.length : SHOWN).map((line) => (
                  <tr key={line.capability} className="border-t border-line/60">
                    <td className="py-1">{line.capability}</td>
                    <td className="py-1 text-right tabular-nums">{count(line.answered)}</td>
                    <td className="py-1 text-right tabular-nums">
                      {line.unknown === 0 ? "0" : <Badge tone="medium">{count(line.unknown)}</Badge>}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {lines.length > SHOWN && (
              <Button
                look="quiet"
                className="mt-2"
                aria-expanded={isWhole}
                onClick={() => {
                  setIsWhole(!isWhole);
                }}
              >
                {isWhole ? "Show fewer" : `Show all ${count(lines.length)}`}
              </Button>
            )}
            {cursor !== null && <p className="mt-2 text-xs text-quiet">Of the latest {count(MOST)} jobs.</p>}
          </>
        );
      }}
    </Shown>
  );
}
