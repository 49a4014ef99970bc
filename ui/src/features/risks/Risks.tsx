import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ProblemError } from "@/api/client";
import type { RiskRecord } from "@/api/kinds";
import { useMay } from "@/app/session";
import { AsOf } from "@/components/AsOf";
import { Button } from "@/components/Button";
import { ColumnChooser, useColumns } from "@/components/ColumnChooser";
import { FilterBar } from "@/components/FilterBar";
import { PageHead } from "@/components/PageHead";
import { RecordTable } from "@/components/RecordTable";
import { SavedViews } from "@/components/SavedViews";
import { Empty, Failure } from "@/components/States";
import { RISK_COLUMNS, RISK_HIDDEN, RISK_SORTS } from "@/features/risks/columns";
import { RiskDetail } from "@/features/risks/RiskDetail";
import { type Grouping, RiskGroups } from "@/features/risks/RiskGroups";
import { TransitionDialog, type Verb } from "@/features/risks/TransitionDialog";
import { type Changed, changed } from "@/lib/search";
import { useMarks } from "@/lib/useMarks";
import { useRecords } from "@/lib/useRecords";

const route = getRouteApi("/risks");
const OFFERS = ["state=triage", "state=open", "decision=act,attend", "score>=70", "severity=critical"];
const GROUPINGS: readonly Grouping[] = ["weakness", "target"];
const KEYS: Readonly<Record<string, Verb>> = {
  o: "open",
  a: "accepted",
  d: "rejected",
  m: "remediated",
  s: "assign",
};
const BUTTONS: readonly (readonly [Verb, string, string])[] = [
  ["open", "Open", "o"],
  ["accepted", "Accept…", "a"],
  ["rejected", "Reject…", "d"],
  ["remediated", "Remediated", "m"],
  ["assign", "Assign…", "s"],
];

export function Risks() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const mayDecide = useMay()("risks:write");
  const [verb, setVerb] = useState<Verb | null>(null);
  const { marked, mark, clear } = useMarks();
  const columns = useColumns("risks", RISK_COLUMNS, RISK_HIDDEN);
  const { filter = "", sort = "-score", as_of, open, group } = search;
  // The server counts what is there now.
  const grouping = as_of === undefined ? GROUPINGS.find((one) => one === group) : undefined;
  const records = useRecords<RiskRecord>("risks", {
    filter,
    sort,
    ...(as_of === undefined ? {} : { as_of }),
  });
  const opened = records.rows.find(({ key }) => key === open);
  const problem =
    records.error instanceof ProblemError && records.error.status === 400 ? records.error : null;
  const chosen = marked.size > 0 ? [...marked] : open === undefined ? [] : [open];

  function change(values: Changed<typeof search>) {
    void navigate({ to: "/risks", search: changed(search, values), replace: true });
  }

  return (
    <div
      className={`flex min-h-0 flex-col gap-3 p-4 md:p-6 ${opened === undefined ? "h-full" : "max-lg:shrink-0 lg:h-full"}`}
    >
      <PageHead title="Risks">
        <div role="group" aria-label="Group by" className="flex rounded-md border border-line">
          {(["", ...GROUPINGS] as const).map((by) => (
            <Button
              key={by}
              look="quiet"
              disabled={by !== "" && as_of !== undefined}
              aria-pressed={(grouping ?? "") === by}
              className="aria-pressed:bg-raised aria-pressed:text-ink"
              onClick={() => {
                change({ group: by });
              }}
            >
              {by === "" ? "List" : `By ${by}`}
            </Button>
          ))}
        </div>
        {grouping === undefined && <ColumnChooser all={RISK_COLUMNS} columns={columns} />}
        <SavedViews
          page="risks"
          search={search}
          onOpen={(view) => void navigate({ to: "/risks", search: view })}
        />
        <AsOf
          value={as_of}
          onChange={(instant) => {
            change({ as_of: instant });
          }}
        />
      </PageHead>
      <FilterBar
        filter={filter}
        example="score>=70 state=open"
        offers={OFFERS}
        onChange={(text) => {
          change({ filter: text });
        }}
        {...(problem === null ? {} : { problem: problem.message })}
      />
      {mayDecide && as_of === undefined && grouping === undefined && (
        <div className="flex flex-wrap items-center gap-1.5" role="toolbar" aria-label="Decide">
          {BUTTONS.map(([action, words, hotkey]) => (
            <Button
              key={action}
              disabled={chosen.length === 0}
              onClick={() => {
                setVerb(action);
              }}
            >
              {words} <kbd className="font-mono text-[11px] text-quiet max-md:hidden">{hotkey}</kbd>
            </Button>
          ))}
          <span className={`text-sm text-quiet ${marked.size > 0 ? "" : "max-md:hidden"}`}>
            {marked.size > 0 ? `${marked.size} marked` : "j and k move, x marks, Enter opens"}
          </span>
        </div>
      )}
      <div className="flex min-h-0 flex-1 gap-4 max-lg:flex-col">
        {records.error !== null && problem === null && records.rows.length === 0 ? (
          <Failure error={records.error} retry={() => void records.refetch()} />
        ) : grouping !== undefined ? (
          <RiskGroups
            by={grouping}
            filter={filter}
            onFilter={(text) => {
              change({ filter: text, group: "" });
            }}
          />
        ) : (
          <RecordTable
            label="Risks"
            rows={records.rows}
            columns={columns.shown}
            hasMore={records.hasNextPage}
            isFetching={records.isFetching}
            onMore={() => void records.fetchNextPage()}
            sort={sort}
            onSort={(by) => {
              change({ sort: by });
            }}
            sortable={RISK_SORTS}
            current={open ?? null}
            onCurrent={(key) => {
              change({ open: key });
            }}
            onOpen={(row) => void navigate({ to: "/entity", search: { key: row.key } })}
            marked={marked}
            onMark={mark}
            onKey={(key) => {
              const asked = KEYS[key];
              if (asked === undefined || as_of !== undefined || !mayDecide) return false;
              setVerb(asked);
              return true;
            }}
            empty={<Empty title="No risk matches">Remove a term of the filter, or scan something.</Empty>}
          />
        )}
        {opened !== undefined && grouping === undefined && (
          <aside
            aria-label="The chosen risk"
            className="shrink-0 overflow-y-auto rounded-lg border border-line bg-panel p-4 lg:w-104"
          >
            <RiskDetail key={opened.key} risk={opened} />
          </aside>
        )}
      </div>
      {verb !== null && (
        <TransitionDialog
          verb={verb}
          keys={chosen}
          onClose={() => {
            setVerb(null);
            clear();
          }}
        />
      )}
    </div>
  );
}
