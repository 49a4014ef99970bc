import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type RiskRecord, list } from "@/api/kinds";
import { AGES, ageFilter } from "@/features/overview/ages";
import { count } from "@/lib/format";

const MOST = 1_000;

/** Unresolved risks by how long they have been known; a count beyond a thousand is shown as more. */
export function RiskAges() {
  // The buckets stay where they are while the page is open, so that an answer is read once.
  const [now] = useState(() => Date.now());
  const filters = AGES.map((age) => ageFilter(age, now));
  const found = useQueries({
    queries: filters.map((filter) => ({
      queryKey: ["list", "risks", "count", filter],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const page = await list<RiskRecord>("risks", { filter, limit: MOST, fields: "score" }, signal);
        return { total: page.items.length, more: page.cursor !== null };
      },
      meta: { calm: true },
    })),
  });
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
      {AGES.map(({ words }, at) => {
        const query = found[at];
        return (
          <div key={words}>
            <dt className="text-xs text-quiet">{words}</dt>
            <dd className="text-lg font-semibold tabular-nums">
              <Link
                to="/risks"
                search={{ filter: filters[at] ?? "" }}
                className="inline-block min-h-6 min-w-6 hover:underline"
              >
                {query?.data === undefined
                  ? query?.isError === true
                    ? "unknown"
                    : "…"
                  : `${count(query.data.total)}${query.data.more ? "+" : ""}`}
              </Link>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
