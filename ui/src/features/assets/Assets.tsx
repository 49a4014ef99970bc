import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { ProblemError } from "@/api/client";
import { LIST_WORDS, type ListName } from "@/api/kinds";
import { Allowed } from "@/components/Allowed";
import { AsOf } from "@/components/AsOf";
import { ColumnChooser, useColumns } from "@/components/ColumnChooser";
import { FilterBar } from "@/components/FilterBar";
import { PageHead } from "@/components/PageHead";
import { RecordTable } from "@/components/RecordTable";
import { Empty, Failure } from "@/components/States";
import { SavedViews } from "@/components/SavedViews";
import { assetColumns, assetSorts, hiddenAtFirst } from "@/features/assets/columns";
import { BulkTags } from "@/features/assets/BulkTags";
import { type Changed, changed } from "@/lib/search";
import { useMarks } from "@/lib/useMarks";
import { useRecords } from "@/lib/useRecords";

const route = getRouteApi("/assets");

const SHOWN: readonly ListName[] = [
  "assets",
  "domains",
  "addresses",
  "netblocks",
  "ports",
  "webapplications",
  "technologies",
  "certificates",
  "dnsrecords",
  "credentials",
  "attributes",
];

export function Assets() {
  const { kind } = route.useSearch();
  const name = SHOWN.find((known) => known === kind) ?? "assets";
  // Each kind keeps its own columns.
  return <AssetList key={name} name={name} />;
}

function AssetList({ name }: { name: ListName }) {
  const search = route.useSearch();
  const navigate = useNavigate();
  const [current, setCurrent] = useState<string | null>(null);
  const { marked, mark, clear } = useMarks();
  const { filter = "", sort = "", as_of } = search;
  const records = useRecords(name, { filter, sort, ...(as_of === undefined ? {} : { as_of }) });
  const all = useMemo(() => assetColumns(name, as_of), [name, as_of]);
  const columns = useColumns(name, all, hiddenAtFirst(name));
  const problem =
    records.error instanceof ProblemError && records.error.status === 400 ? records.error : null;

  function change(values: Changed<typeof search>) {
    void navigate({ to: "/assets", search: changed(search, values), replace: true });
  }

  return (
    <div className="flex h-full min-h-0 flex-col gap-3 p-4 md:p-6">
      <PageHead title="Assets">
        <ColumnChooser all={all} columns={columns} />
        <SavedViews
          page="assets"
          search={search}
          onOpen={(view) => void navigate({ to: "/assets", search: view })}
        />
        <AsOf
          value={as_of}
          onChange={(instant) => {
            change({ as_of: instant });
          }}
        />
      </PageHead>
      <div className="flex flex-wrap items-start gap-2">
        <select
          aria-label="Kind"
          className="min-h-9 rounded-md border border-line bg-panel px-2 text-sm"
          value={name}
          onChange={(event) => {
            clear();
            change({ kind: event.target.value, sort: "", filter });
          }}
        >
          {SHOWN.map((value) => (
            <option key={value} value={value}>
              {LIST_WORDS[value]}
            </option>
          ))}
        </select>
        <div className="min-w-64 flex-1">
          <FilterBar
            filter={filter}
            onChange={(text) => {
              change({ filter: text });
            }}
            example="status=active tag.env=prod"
            offers={["status=stale", "origin=http", "tag.env=prod"]}
            {...(problem === null ? {} : { problem: problem.message })}
          />
        </div>
      </div>
      {marked.size > 0 && (
        <Allowed to="entities:write">
          <BulkTags keys={marked} onDone={clear} />
        </Allowed>
      )}
      {records.error !== null && problem === null && records.rows.length === 0 ? (
        <Failure error={records.error} retry={() => void records.refetch()} />
      ) : (
        <RecordTable
          label="Assets"
          rows={records.rows}
          columns={columns.shown}
          hasMore={records.hasNextPage}
          isFetching={records.isFetching}
          onMore={() => void records.fetchNextPage()}
          sort={sort}
          onSort={(by) => {
            change({ sort: by });
          }}
          sortable={assetSorts(name)}
          current={current}
          onCurrent={setCurrent}
          onOpen={(row) => void navigate({ to: "/entity", search: { key: row.key } })}
          marked={marked}
          onMark={mark}
          empty={<Empty title="Nothing matches">Remove a term of the filter, or start a scan.</Empty>}
        />
      )}
    </div>
  );
}
