import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "@/api/client";
import { list } from "@/api/kinds";
import { Badge } from "@/components/Badge";
import { Empty, Shown } from "@/components/States";
import { count } from "@/lib/format";

type JobRecord = Schemas["JobRecord"];
const MOST = 1_000;

/** What ran, and what could not: the second is unknown, never clean. */
export function Coverage() {
  const jobs = useQuery({
    queryKey: ["list", "jobs", "coverage"],
    queryFn: ({ signal }) => list<JobRecord>("jobs", { sort: "-updated", limit: MOST }, signal),
  });
  return (
    <Shown query={jobs}>
      {({ items }) => {
        if (items.length === 0) return <Empty title="Nothing has run yet">Add a seed under Sources.</Empty>;
        const groups = Map.groupBy(items, ({ capability }) => capability);
        return (
          <table className="w-full text-sm">
            <thead className="text-left text-xs text-quiet">
              <tr>
                <th className="pb-1 font-medium">Capability</th>
                <th className="pb-1 text-right font-medium">Answered</th>
                <th className="pb-1 text-right font-medium">Unknown</th>
              </tr>
            </thead>
            <tbody>
              {[...groups].map(([capability, members]) => {
                const unknown = members.filter(({ outcome }) => outcome === "unknown").length;
                return (
                  <tr key={capability} className="border-t border-line/60">
                    <td className="py-1">{capability}</td>
                    <td className="py-1 text-right tabular-nums">{count(members.length - unknown)}</td>
                    <td className="py-1 text-right tabular-nums">
                      {unknown === 0 ? "0" : <Badge tone="medium">{count(unknown)}</Badge>}
                    </td>
                  </tr>
                );
              })}
            </tbody>
            <tfoot>
              <tr>
                <td colSpan={3} className="pt-2 text-xs text-quiet">
                  <Link to="/scans" className="text-accent">
                    Jobs and their reasons
                  </Link>
                </td>
              </tr>
            </tfoot>
          </table>
        );
      }}
    </Shown>
  );
}
