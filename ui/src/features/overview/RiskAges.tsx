import { Link } from "@tanstack/react-router";
import { Shown } from "@/components/States";
import { ageFilter, ageWords } from "@/features/overview/ages";
import { useRiskStatistics } from "@/features/overview/useRiskStatistics";
import { count } from "@/lib/format";

/** Unresolved risks by how long they have been known. */
export function RiskAges() {
  return (
    <Shown query={useRiskStatistics()} rows={2}>
      {({ by_age: ages, at }) => (
        <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
          {ages.map((age) => (
            <div key={age.from_days}>
              <dt className="text-xs text-quiet">{ageWords(age)}</dt>
              <dd className="text-lg font-semibold tabular-nums">
                <Link
                  to="/risks"
                  search={{ filter: ageFilter(age, Date.parse(at)) }}
                  className="inline-block min-h-6 min-w-6 hover:underline"
                >
                  {count(age.risks)}
                </Link>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Shown>
  );
}
