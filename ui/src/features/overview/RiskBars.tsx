import { Link } from "@tanstack/react-router";
import { type Tone, toneOf } from "@/components/Badge";
import { Shown } from "@/components/States";
import { TONE_TEXT } from "@/components/tones";
import { useRiskStatistics } from "@/features/overview/useRiskStatistics";
import { count } from "@/lib/format";

const DECISIONS = ["act", "attend", "track*", "track"] as const;

/** Unresolved risks by what SSVC says to do. */
export function RiskBars() {
  return (
    <Shown query={useRiskStatistics()} rows={4}>
      {({ by_decision: risks }) => <Bars risks={risks} />}
    </Shown>
  );
}

function Bars({ risks }: { risks: Readonly<Record<string, number>> }) {
  const most = Math.max(1, ...DECISIONS.map((decision) => risks[decision] ?? 0));
  const undecided = risks["undecided"] ?? 0;
  return (
    <>
      <ul className="flex flex-col gap-4">
        {DECISIONS.map((decision) => {
          const found = risks[decision] ?? 0;
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
                  <span className="tabular-nums">{count(found)}</span>
                </span>
                <svg
                  aria-hidden="true"
                  className={`pointer-events-none h-2 w-full ${TONE_TEXT[tone]}`}
                  viewBox="0 0 100 2"
                  preserveAspectRatio="none"
                >
                  <rect width="100" height="2" className="fill-raised" />
                  <rect width={(found / most) * 100} height="2" className="fill-current" />
                </svg>
              </Link>
            </li>
          );
        })}
      </ul>
      {undecided > 0 && (
        <p className="mt-3 text-sm text-quiet">
          {count(undecided)} wait for a decision: they have no score yet.
        </p>
      )}
    </>
  );
}
