import { Disclosure, DisclosureButton, DisclosurePanel } from "@headlessui/react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { EntityLink } from "@/components/EntityLink";
import { Score } from "@/components/Score";
import { Empty, Shown } from "@/components/States";
import { count, keyName, plural, targetOf, weaknessOf } from "@/lib/format";
import { equals, withTerm } from "@/lib/terms";

type Group = Schemas["RiskGroup"];
const MOST = 500;

export type Grouping = Schemas["Grouping"];

export interface RiskGroupsProps {
  by: Grouping;
  filter: string;
  /** Show the list of one group. */
  onFilter: (filter: string) => void;
}

/** Unresolved risks by weakness, where one fix mends many targets, or by target; the server counts all that match. */
export function RiskGroups({ by, filter, onFilter }: RiskGroupsProps) {
  const found = useQuery({
    queryKey: ["risk-groups", by, filter],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/risks/groups", { params: { query: { by, filter, limit: MOST } }, signal }))
        .data,
    placeholderData: keepPreviousData,
    meta: { calm: true },
  });
  return (
    <div className="min-h-0 flex-1 overflow-y-auto rounded-lg border border-line bg-panel">
      <Shown query={found} rows={8}>
        {({ groups, left_out, counted }) =>
          groups.length === 0 ? (
            <Empty title="No unresolved risk matches" />
          ) : (
            <>
              {groups.map((group) => {
                const [target = ""] = group.targets;
                const common = by === "target" ? target : group.weakness;
                return (
                  <GroupLine
                    key={common}
                    by={by}
                    group={group}
                    onList={() => {
                      onFilter(withTerm(filter, equals(by, common)));
                    }}
                  />
                );
              })}
              <p className="p-3 text-center text-sm text-quiet">
                {count(counted)} risks counted
                {left_out > 0 && `; ${count(left_out)} more ${by === "target" ? "targets" : "weaknesses"}`}
              </p>
            </>
          )
        }
      </Shown>
    </div>
  );
}

function GroupLine({ by, group, onList }: { by: Grouping; group: Group; onList: () => void }) {
  const more = group.risks - group.members.length;
  const [target = ""] = group.targets;
  return (
    <Disclosure>
      <DisclosureButton className="flex w-full flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2 text-left hover:bg-raised">
        <Score value={group.highest ?? 0} />
        <span className="min-w-40 flex-1 truncate">
          <span className="font-medium">{by === "target" ? keyName(target) : group.weakness}</span>{" "}
          <span className="text-quiet">
            {by === "target" ? `${group.weakness} ${group.title}` : group.title}
          </span>
        </span>
        {group.decision !== null && <Badge>{group.decision}</Badge>}
        {group.overdue > 0 && <Badge tone="critical">{`${count(group.overdue)} overdue`}</Badge>}
        {group.unowned > 0 && (
          <span className="text-sm whitespace-nowrap text-quiet">{count(group.unowned)} without owner</span>
        )}
        <span className="w-20 text-right text-sm whitespace-nowrap text-quiet tabular-nums">
          {counted(group.risks, by === "target" ? "risk" : "target")}
        </span>
      </DisclosureButton>
      <DisclosurePanel className="border-b border-line bg-ground px-4 py-2">
        <ul className="flex flex-col gap-1">
          {group.members.map((key) => (
            <li key={key}>
              <EntityLink entityKey={key} name={by === "target" ? weaknessOf(key) : targetOf(key)} />
            </li>
          ))}
        </ul>
        {more > 0 && <p className="mt-1 text-sm text-quiet">and {count(more)} more</p>}
        <Button className="mt-2" onClick={onList}>
          Show them as a list
        </Button>
      </DisclosurePanel>
    </Disclosure>
  );
}

function counted(number: number, word: string): string {
  return `${count(number)} ${number === 1 ? word : plural(word)}`;
}
