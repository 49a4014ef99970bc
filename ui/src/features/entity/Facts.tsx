import type { ReactNode } from "react";
import { Badge } from "@/components/Badge";
import { EntityLink } from "@/components/EntityLink";
import { Evidence, type EvidenceItem, KeyValues } from "@/components/Evidence";
import { moment } from "@/lib/format";

/** Shown in the page's head, or elsewhere on it. */
const ELSEWHERE = new Set([
  "key",
  "kind",
  "name",
  "status",
  "created",
  "visited",
  "updated",
  "origins",
  "organisation",
  "evidence",
  "secret",
]);
const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/;

export function value(raw: unknown): ReactNode {
  if (raw === null || raw === undefined || raw === "") return <span className="text-quiet">—</span>;
  if (typeof raw === "boolean") return raw ? "yes" : "no";
  if (typeof raw === "number") return raw;
  if (typeof raw === "string") {
    if (INSTANT.test(raw)) return <time dateTime={raw}>{moment(raw)}</time>;
    return raw.startsWith("#") ? <EntityLink entityKey={raw} name={raw} /> : raw;
  }
  if (Array.isArray(raw)) {
    if (raw.length === 0) return <span className="text-quiet">—</span>;
    return (
      <ul className="flex flex-col gap-0.5">
        {raw.map((item, at) => (
          <li key={at}>{value(item)}</li>
        ))}
      </ul>
    );
  }
  const entries = Object.entries(raw);
  if (entries.length === 0) return <span className="text-quiet">—</span>;
  return <KeyValues values={Object.fromEntries(entries.map(([name, item]) => [name, value(item)]))} />;
}

/** Every field of a record, the same for each kind. */
export function Facts({ record }: { record: Record<string, unknown> }) {
  const shown = Object.entries(record).filter(([name]) => !ELSEWHERE.has(name));
  const evidence = (record["evidence"] ?? []) as EvidenceItem[];
  const decided = (record["decided"] ?? []) as string[];
  return (
    <div className="flex flex-col gap-4">
      <KeyValues
        values={Object.fromEntries(
          shown.map(([name, raw]) => [
            name.replaceAll("_", " "),
            decided.includes(name) ? (
              <span key={name} className="flex items-center gap-2">
                {value(raw)} <Badge tone="low">decided by a person</Badge>
              </span>
            ) : (
              value(raw)
            ),
          ]),
        )}
      />
      {evidence.length > 0 && <Evidence items={evidence} />}
    </div>
  );
}
