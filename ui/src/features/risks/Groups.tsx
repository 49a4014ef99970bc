/** The same risks gathered by weakness ("the same on 40 targets") or by target. */
import { Disclosure, DisclosureButton, DisclosurePanel } from "@headlessui/react";
import type { RiskRecord } from "@/api/kinds";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { EntityLink } from "@/components/EntityLink";
import { Score } from "@/components/Score";
import { Empty } from "@/components/States";
import { count, keyName } from "@/lib/format";

export interface GroupsProps {
  by: "weakness" | "target";
  rows: readonly RiskRecord[];
  /** True while there are risks that were not fetched: the groups may grow. */
  isPartial: boolean;
  onMore: () => void;
}

export function Groups({ by, rows, isPartial, onMore }: GroupsProps) {
  const groups = Map.groupBy(rows, (risk) => risk[by]);
  if (groups.size === 0) return <Empty title="No risk matches" />;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto rounded-lg border border-line bg-panel">
      {[...groups].map(([name, members]) => (
        <Disclosure key={name}>
          <DisclosureButton className="flex w-full items-center gap-3 border-b border-line px-4 py-2 text-left hover:bg-raised">
            <Score value={Math.max(...members.map(({ score }) => score ?? 0))} />
            <span className="min-w-0 flex-1 truncate">
              <span className="font-medium">{by === "target" ? keyName(name) : name}</span>{" "}
              {by === "weakness" && <span className="text-quiet">{members[0]?.title}</span>}
            </span>
            <span className="text-sm whitespace-nowrap text-quiet">
              {count(members.length)} {by === "weakness" ? "targets" : "risks"}
            </span>
          </DisclosureButton>
          <DisclosurePanel className="border-b border-line bg-ground px-4 py-2">
            <ul className="flex flex-col gap-1">
              {members.map((risk) => (
                <li key={risk.key} className="flex items-center gap-3">
                  <Score value={risk.score ?? 0} />
                  <span className="min-w-0 flex-1 truncate">
                    <EntityLink
                      entityKey={risk.key}
                      name={by === "weakness" ? keyName(risk.target) : `${risk.weakness} ${risk.title}`}
                    />
                  </span>
                  <Badge>{risk.state}</Badge>
                </li>
              ))}
            </ul>
          </DisclosurePanel>
        </Disclosure>
      ))}
      {isPartial && (
        <div className="flex items-center justify-center gap-3 p-3 text-sm text-quiet">
          These are the first {count(rows.length)} risks. <Button onClick={onMore}>Gather more</Button>
        </div>
      )}
    </div>
  );
}
