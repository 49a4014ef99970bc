import { Disclosure, DisclosureButton, DisclosurePanel } from "@headlessui/react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { EntityLink } from "@/components/EntityLink";
import { Score } from "@/components/Score";
import { Empty, Shown } from "@/components/States";
import { count } from "@/lib/format";
import { equals, withTerm } from "@/lib/terms";

type Group = Schemas["RiskGroup"];
const MOST = 500;

export interface WeaknessGroupsProps {
  filter: string;
  /** Show the list of one group. */
  onFilter: (filter: string) => void;
}

/** Unresolved risks by weakness, counted by the server over all that match: where one fix mends many targets. */
export function WeaknessGroups({ filter, onFilter }: WeaknessGroupsProps) {
  const found = useQuery({
    queryKey: ["risk-groups", filter],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/risks/groups", { params: { query: { filter, limit: MOST } }, signal }))
        .data,
    placeholderData: keepPreviousData,
  });
  return (
    <div className="min-h-0 flex-1 overflow-y-auto rounded-lg border border-line bg-panel">
      <Shown query={found} rows={8}>
        {({ groups, left_out, counted, complete }) =>
          groups.length === 0 ? (
            <Empty title="No unresolved risk matches" />
          ) : (
            <>
              {groups.map((group) => (
                <GroupLine
                  key={group.weakness}
                  group={group}
                  onList={() => {
                    onFilter(withTerm(filter, equals("weakness", group.weakness)));
                  }}
                />
              ))}
              <p className="p-3 text-center text-sm text-quiet">
                {count(counted)} risks counted{complete ? "" : "; there are more with lower scores"}
                {left_out > 0 && `; ${count(left_out)} more weaknesses`}
              </p>
            </>
          )
        }
      </Shown>
    </div>
  );
}

function GroupLine({ group, onList }: { group: Group; onList: () => void }) {
  const more = group.risks - group.targets.length;
  return (
    <Disclosure>
      <DisclosureButton className="flex w-full flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2 text-left hover:bg-raised">
        <Score value={group.highest ?? 0} />
        <span className="min-w-40 flex-1 truncate">
          <span className="font-medium">{group.weakness}</span>{" "}
          <span className="text-quiet">{group.title}</span>
        </span>
        {group.decision !== null && <Badge>{group.decision}</Badge>}
        {group.overdue > 0 && <Badge tone="critical">{`${count(group.overdue)} overdue`}</Badge>}
        {group.unowned > 0 && (
          <span className="text-sm whitespace-nowrap text-quiet">{count(group.unowned)} without owner</span>
        )}
        <span className="text-sm whitespace-nowrap text-quiet">
          {count(group.risks)} {group.risks === 1 ? "target" : "targets"}
        </span>
      </DisclosureButton>
      <DisclosurePanel className="border-b border-line bg-ground px-4 py-2">
        <ul className="flex flex-col gap-1">
          {group.targets.map((target) => (
            <li key={target}>
              <EntityLink entityKey={target} />
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
