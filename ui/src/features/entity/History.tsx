import { Badge } from "@/components/Badge";
import { type VersionItem } from "@/features/entity/useVersions";
import { ago, moment } from "@/lib/format";

/** Who changed what, when and why, newest first. */
export function History({ versions }: { versions: readonly VersionItem[] }) {
  return (
    <ol className="flex flex-col gap-3">
      {versions.map((version, at) => (
        <li key={version.sequence} className="border-l-2 border-line pl-3 text-sm">
          <p className="flex flex-wrap items-center gap-2">
            <time dateTime={version.valid_from} title={moment(version.valid_from)}>
              {ago(version.valid_from)}
            </time>
            <Badge tone="quiet">{version.op}</Badge>
            <span className="text-quiet">by {version.actor}</span>
          </p>
          {version.why !== "" && <p className="text-quiet">“{version.why}”</p>}
          <ul className="mt-1 font-mono text-xs">
            {version.fields.map((field) => (
              <li key={field} className="break-words">
                {field}: {brief(said(versions[at + 1], field))} → {brief(said(version, field))}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

/** What a version says of a field: of some, beside the entity. */
function said(version: VersionItem | undefined, field: string): unknown {
  return field === "status" || field === "tags" ? version?.[field] : version?.entity[field];
}

const LENGTH = 120;

function brief(raw: unknown): string {
  if (raw === undefined || raw === null || raw === "") return "—";
  const text = typeof raw === "string" ? raw : JSON.stringify(raw);
  return text.length > LENGTH ? `${text.slice(0, LENGTH)}…` : text;
}
