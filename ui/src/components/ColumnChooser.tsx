/** Which columns a table shows. The choice stays in this browser, for each kind of table by itself. */
import { Popover, PopoverButton, PopoverPanel } from "@headlessui/react";
import type { ColumnDef } from "@tanstack/react-table";
import { useMemo } from "react";
import { Button } from "@/components/Button";
import { isTexts, useKept } from "@/lib/useKept";

/** Return the id of a column, as the table computes it. */
export function columnId<Row>(column: ColumnDef<Row>): string {
  return column.id ?? ("accessorKey" in column ? String(column.accessorKey) : "");
}

function titleOf<Row>(column: ColumnDef<Row>): string {
  return typeof column.header === "string" ? column.header : columnId(column);
}

export interface Columns<Row> {
  shown: ColumnDef<Row>[];
  hidden: readonly string[];
  toggle: (id: string) => void;
  reset: () => void;
}

/** Return the columns that the reader wants; *hiddenAtFirst* are shown only when asked for. */
export function useColumns<Row>(
  name: string,
  columns: ColumnDef<Row>[],
  hiddenAtFirst: readonly string[],
): Columns<Row> {
  const [hidden, keep] = useKept<string[]>(`columns.${name}`, [...hiddenAtFirst], isTexts);
  // The same columns are the same array: rows are drawn again only when they change.
  const shown = useMemo(
    // The first column names the row: without it nobody could tell rows apart.
    () => columns.filter((column, place) => place === 0 || !hidden.includes(columnId(column))),
    [columns, hidden],
  );
  return {
    shown,
    hidden,
    toggle: (id) => {
      keep(hidden.includes(id) ? hidden.filter((one) => one !== id) : [...hidden, id]);
    },
    reset: () => {
      keep([...hiddenAtFirst]);
    },
  };
}

export function ColumnChooser<Row>({
  all,
  columns: { hidden, toggle, reset },
}: {
  all: ColumnDef<Row>[];
  columns: Columns<Row>;
}) {
  return (
    <Popover>
      <PopoverButton as={Button}>Columns</PopoverButton>
      <PopoverPanel
        anchor="bottom end"
        className="z-30 mt-1 flex min-w-48 flex-col gap-1 rounded-md border border-line bg-panel p-3 shadow-lg outline-none"
      >
        {all.slice(1).map((column) => {
          const id = columnId(column);
          return (
            <label key={id} className="flex min-h-6 items-center gap-2 text-sm">
              <input
                type="checkbox"
                className="size-4 accent-(--accent)"
                checked={!hidden.includes(id)}
                onChange={() => {
                  toggle(id);
                }}
              />
              {titleOf(column)}
            </label>
          );
        })}
        <Button look="quiet" onClick={reset}>
          As at first
        </Button>
      </PopoverPanel>
    </Popover>
  );
}
