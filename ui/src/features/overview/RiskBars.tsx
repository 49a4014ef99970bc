import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type RiskRecord, list } from "@/api/kinds";
import { type Tone, toneOf } from "@/components/Badge";
import { TONE_TEXT } from "@/components/tones";
import { count } from "@/lib/format";

const DECISIONS = ["act", "attend", "track*", "track"] as const;
const MOST = 1_000;

/** Open risks by what SSVC says to do; a count beyond a thousand is shown as more. */
export function RiskBars() {
  const found = useQueries({
    queries: DECISIONS.map((decision) => ({
      queryKey: ["list", "risks", "count", decision],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const page = await list<RiskRecord>(
          "risks",
          { filter: `decision="${decision}" state=triage,open`, limit: MOST, fields: "score" },
          signal,
        );
        return { total: page.items.length, more: page.cursor !== null };
      },
      meta: { calm: true },
    })),
  });
  const most = Math.max(1, ...found.map(({ data }) => data?.total ?? 0));
  return (
    <ul className="flex flex-col gap-4">
      {DECISIONS.map((decision, at) => {
        const data = found[at]?.data;
        const tone: Tone = toneOf(decision);
        return (
          <li key={decision}>
            <Link
              to="/risks"
              search={{ filter: `decision="${decision}" state=triage,open` }}
              className="relative block min-h-9"
            >
              <span className="mb-1 flex justify-between text-sm">
                <span className="capitalize">{decision}</span>
                <span className="tabular-nums">
                  {data === undefined ? "…" : `${count(data.total)}${data.more ? "+" : ""}`}
                </span>
              </span>
              <svg
                aria-hidden="true"
                className={`pointer-events-none h-2 w-full ${TONE_TEXT[tone]}`}
                viewBox="0 0 100 2"
                preserveAspectRatio="none"
              >
                <rect width="100" height="2" className="fill-raised" />
                <rect width={((data?.total ?? 0) / most) * 100} height="2" className="fill-current" />
              </svg>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
