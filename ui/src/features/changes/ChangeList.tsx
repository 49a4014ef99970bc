import { Badge } from "@/components/Badge";
import { EntityLink } from "@/components/EntityLink";
import { Empty } from "@/components/States";
import type { Difference } from "@/features/changes/useDiff";
import { kindWord } from "@/lib/format";

export function ChangeList({ items }: { items: readonly Difference[] }) {
  if (items.length === 0) return <Empty title="Nothing changed in this time" />;
  return (
    <ul className="flex flex-col divide-y divide-line/60 text-sm">
      {items.map((item) => (
        <li key={item.key} className="flex flex-wrap items-center gap-x-3 gap-y-0.5 py-1.5">
          <span className="w-18">
            <Badge>{item.happened}</Badge>
          </span>
          <span className="w-28 text-quiet">{kindWord(item.kind)}</span>
          <span className="min-w-0 flex-1 truncate">
            <EntityLink entityKey={item.key} />
          </span>
          {item.fields.length > 0 && (
            <span className="font-mono text-xs text-quiet">{item.fields.join(", ")}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
