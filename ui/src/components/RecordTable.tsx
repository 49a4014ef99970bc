/** A list of any length: pages are fetched as they come into view, and only rows in view are in the document. */
import {
  type ColumnDef,
  type Row as TableRow,
  flexRender,
  getCoreRowModel,
  useReactTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, type ReactNode, memo, useEffect, useRef } from "react";
import { Loading } from "@/components/States";

const ROW_HEIGHT_PX = 40;
const AHEAD_ROWS = 40;

export interface RecordTableProps<Row extends { key: string }> {
  label: string;
  rows: Row[];
  columns: ColumnDef<Row>[];
  /** True while there are more rows than were fetched. */
  hasMore: boolean;
  isFetching: boolean;
  onMore: () => void;
  sort: string;
  onSort: (sort: string) => void;
  /** Column ids that the server can sort by. */
  sortable: ReadonlySet<string>;
  /** The row that the keyboard stands on. */
  current: string | null;
  onCurrent: (key: string) => void;
  onOpen: (row: Row) => void;
  /** Keys of the rows that are marked for a bulk action. */
  marked: ReadonlySet<string>;
  onMark: (key: string, marked: boolean) => void;
  /** Further keys of the keyboard, for the row that it stands on. */
  onKey?: (key: string, row: Row) => boolean;
  empty: ReactNode;
}

export function RecordTable<Row extends { key: string }>(props: RecordTableProps<Row>) {
  const { rows, current, marked, hasMore, isFetching, onMore } = props;
  const scroller = useRef<HTMLDivElement>(null);
  // The compiler of React cannot memoise these hooks' results; both libraries do so themselves.
  // eslint-disable-next-line react-hooks/incompatible-library
  const table = useReactTable({
    data: rows,
    columns: props.columns,
    getCoreRowModel: getCoreRowModel(),
    getRowId: (row) => row.key,
  });
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: 12,
  });
  const shown = virtual.getVirtualItems();
  const last = shown[shown.length - 1]?.index ?? 0;

  useEffect(() => {
    if (hasMore && !isFetching && last >= rows.length - AHEAD_ROWS) onMore();
  }, [hasMore, isFetching, last, rows.length, onMore]);

  function move(to: number) {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (row === undefined) return;
    props.onCurrent(row.key);
    virtual.scrollToIndex(rows.indexOf(row));
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = rows.findIndex((row) => row.key === current);
    const row = rows[at];
    if (event.key === "ArrowDown" || event.key === "j") move(at + 1);
    else if (event.key === "ArrowUp" || event.key === "k") move(at < 0 ? 0 : at - 1);
    else if (event.key === "Home") move(0);
    else if (event.key === "End") move(rows.length - 1);
    else if (row === undefined) return;
    else if (event.key === "Enter") props.onOpen(row);
    else if (event.key === "x" || event.key === " ") props.onMark(row.key, !marked.has(row.key));
    else if (props.onKey?.(event.key, row) !== true) return;
    event.preventDefault();
  }

  function onClick({ target }: MouseEvent) {
    // What is in a row and does something by itself does only that.
    if (!(target instanceof Element) || target.closest("a, button, input") !== null) return;
    const key = target.closest<HTMLElement>("[data-key]")?.dataset.key;
    if (key !== undefined) props.onCurrent(key);
  }

  const headers = table.getFlatHeaders();
  const template = `2.25rem ${headers.map((header) => header.column.columnDef.meta?.width ?? "minmax(6rem,1fr)").join(" ")}`;
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={props.label}
      aria-rowcount={hasMore ? -1 : rows.length + 1}
      aria-activedescendant={current === null ? undefined : rowId(current)}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={onClick}
      className="min-h-0 flex-1 overflow-auto rounded-lg border border-line bg-panel"
    >
      <div className="min-w-max">
        <div
          role="row"
          aria-rowindex={1}
          className="sticky top-0 z-10 grid items-center border-b border-line bg-raised text-xs font-semibold text-quiet"
          style={{ gridTemplateColumns: template, height: ROW_HEIGHT_PX - 6 }}
        >
          <span role="columnheader" aria-label="Marked" />
          {headers.map((header) => (
            <ColumnHead key={header.id} id={header.id} {...props}>
              {flexRender(header.column.columnDef.header, header.getContext())}
            </ColumnHead>
          ))}
        </div>
        <div className="relative" style={{ height: virtual.getTotalSize() }}>
          {shown.map((item) => {
            const row = table.getRowModel().rows[item.index];
            if (row === undefined) return null;
            return (
              <Row
                key={row.id}
                row={row as TableRow<never>}
                columns={props.columns}
                index={item.index}
                start={item.start}
                template={template}
                isCurrent={row.id === current}
                isMarked={marked.has(row.id)}
                onMark={props.onMark}
              />
            );
          })}
        </div>
        {rows.length === 0 && !isFetching && props.empty}
        {isFetching && (
          <div className="p-3">
            <Loading rows={rows.length === 0 ? 8 : 1} label="Loading rows" />
          </div>
        )}
      </div>
    </div>
  );
}

interface RowProps {
  row: TableRow<never>;
  /** What the row's cells come from: they are drawn again when it changes. */
  columns: unknown;
  index: number;
  /** Distance from the top of the list, in pixels. */
  start: number;
  template: string;
  isCurrent: boolean;
  isMarked: boolean;
  onMark: (key: string, marked: boolean) => void;
}

/** One row; while the list is scrolled only rows that come into view are drawn, the others stay as they are. */
const Row = memo(function Row({ row, index, start, template, isCurrent, isMarked, onMark }: RowProps) {
  return (
    <div
      id={rowId(row.id)}
      data-key={row.id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isCurrent}
      className={`absolute inset-x-0 top-0 grid items-center border-b border-line/60 contain-layout ${isCurrent ? "bg-accent/10" : "hover:bg-raised/60"}`}
      style={{ gridTemplateColumns: template, height: ROW_HEIGHT_PX, transform: `translateY(${start}px)` }}
    >
      <span role="gridcell" className="flex justify-center">
        <input
          type="checkbox"
          className="size-4 accent-(--accent)"
          tabIndex={-1}
          aria-label={`Mark ${row.id}`}
          checked={isMarked}
          onChange={(event) => {
            onMark(row.id, event.target.checked);
          }}
        />
      </span>
      {row.getVisibleCells().map((cell) => (
        <span key={cell.id} role="gridcell" className="truncate px-2 [&>a]:block [&>a]:truncate">
          {flexRender(cell.column.columnDef.cell, cell.getContext())}
        </span>
      ))}
    </div>
  );
});

function rowId(key: string): string {
  return `row-${encodeURIComponent(key)}`;
}

function ColumnHead<Row extends { key: string }>({
  id,
  sort,
  onSort,
  sortable,
  children,
}: Pick<RecordTableProps<Row>, "sort" | "onSort" | "sortable"> & { id: string; children: ReactNode }) {
  if (!sortable.has(id)) {
    return (
      <span role="columnheader" className="px-2">
        {children}
      </span>
    );
  }
  const order = sort === id ? "ascending" : sort === `-${id}` ? "descending" : "none";
  return (
    <span role="columnheader" aria-sort={order}>
      <button
        type="button"
        className="min-h-6 px-2 hover:text-ink"
        onClick={() => {
          onSort(order === "descending" ? id : `-${id}`);
        }}
      >
        {children}
        <span aria-hidden="true">{order === "ascending" ? " ▲" : order === "descending" ? " ▼" : ""}</span>
      </button>
    </span>
  );
}
