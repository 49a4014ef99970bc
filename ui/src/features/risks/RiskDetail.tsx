import { useQuery } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";
import { list } from "@/api/kinds";
import type { RiskRecord } from "@/api/kinds";
import { Badge } from "@/components/Badge";
import { EntityLink } from "@/components/EntityLink";
import { Evidence, KeyValues } from "@/components/Evidence";
import { Shown } from "@/components/States";
import { Comments } from "@/features/risks/Comments";
import { DueDate } from "@/features/risks/DueDate";
import { ago, moment } from "@/lib/format";
import { equals } from "@/lib/terms";

const SIMILAR = 20;

/** One risk: what it is, why it scores as it does, what would lower it, and what was seen. */
export function RiskDetail({ risk }: { risk: RiskRecord }) {
  const explained = useQuery({
    queryKey: ["entity", risk.key, "explanation"],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/risks/{key}/explanation", { params: { path: { key: risk.key } }, signal }))
        .data,
  });
  const similar = useQuery({
    queryKey: ["list", "risks", "similar", risk.weakness],
    queryFn: ({ signal }) =>
      list<RiskRecord>("risks", { filter: equals("weakness", risk.weakness), limit: SIMILAR + 1 }, signal),
  });
  return (
    <div className="flex flex-col gap-5">
      <div>
        <div className="mb-1 flex flex-wrap gap-1.5">
          <Badge>{risk.state}</Badge>
          {risk.severity != null && <Badge>{risk.severity}</Badge>}
          {risk.decision != null && <Badge>{risk.decision}</Badge>}
        </div>
        <h2 className="text-base font-semibold break-words">{risk.title || risk.name}</h2>
        <p className="mt-1 text-sm">
          <EntityLink entityKey={risk.target} />
        </p>
      </div>
      <Shown query={explained}>{(explanation) => <Explanation {...explanation} />}</Shown>
      <KeyValues
        values={{
          Weakness: <span className="font-mono text-xs">{risk.weakness}</span>,
          Owner: risk.owner || "nobody",
          Due: <DueDate risk={risk} />,
          ...(risk.accepted_until == null ? {} : { "Accepted until": moment(risk.accepted_until) }),
          ...(risk.reason === "" ? {} : { Reason: risk.reason }),
          "First seen": moment(risk.created),
          "Last seen": ago(risk.visited),
          "Seen by": risk.origins.join(", "),
        }}
      />
      {risk.evidence.length > 0 && (
        <section aria-label="Evidence">
          <h3 className="mb-2 text-sm font-semibold">What was seen</h3>
          <Evidence items={risk.evidence} />
        </section>
      )}
      <Comments about={risk.key} />
      <Shown query={similar} rows={2}>
        {({ items }) => {
          const others = items.filter(({ key }) => key !== risk.key);
          return others.length === 0 ? null : (
            <section aria-label="Similar risks">
              <h3 className="mb-2 text-sm font-semibold">The same weakness elsewhere</h3>
              <ul className="flex flex-col gap-1 text-sm">
                {others.slice(0, SIMILAR).map(({ key, target, state }) => (
                  <li key={key} className="flex items-center justify-between gap-2">
                    <EntityLink entityKey={target} />
                    <Badge>{state}</Badge>
                  </li>
                ))}
              </ul>
            </section>
          );
        }}
      </Shown>
    </div>
  );
}

export function Explanation({
  score,
  factors,
  remedies,
  formula,
}: Pick<Schemas["ExplanationItem"], "score" | "factors" | "remedies" | "formula">) {
  return (
    <section aria-label="Why this score">
      <h3 className="mb-2 text-sm font-semibold">
        Why {score}? <span className="font-normal text-quiet">(formula {formula})</span>
      </h3>
      <table className="w-full text-sm">
        <tbody>
          {factors.map(({ name, value, points }) => (
            <tr key={name} className="border-b border-line/50">
              <th scope="row" className="py-1 pr-3 text-left font-normal text-quiet">
                {name}
              </th>
              <td className="py-1 pr-3 break-words">{value}</td>
              <td className="py-1 text-right tabular-nums">
                {points > 0 ? "+" : ""}
                {points.toFixed(points % 1 === 0 ? 0 : 1)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {remedies.length > 0 && (
        <>
          <h3 className="mt-4 mb-2 text-sm font-semibold">What would lower it</h3>
          <ul className="flex flex-col gap-1.5 text-sm">
            {remedies.map((remedy) => (
              <li key={remedy.name} className="flex justify-between gap-3">
                <span>{remedy.words}</span>
                <span className="whitespace-nowrap text-good tabular-nums">
                  −{remedy.lowers_by} → {remedy.score}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
