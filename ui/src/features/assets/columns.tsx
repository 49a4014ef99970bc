/** What the tables show of each kind, and by what the server can sort it. */
import { type ColumnDef, createColumnHelper } from "@tanstack/react-table";
import { type AnyRecord } from "@/api/kinds";
import { Badge } from "@/components/Badge";
import { EntityLink } from "@/components/EntityLink";
import { ago, kindWord, moment } from "@/lib/format";

const column = createColumnHelper<AnyRecord>();

export function assetColumns(asOf: string | undefined): ColumnDef<AnyRecord>[] {
  return [
    column.accessor("name", {
      id: "key",
      header: "Name",
      meta: { width: "minmax(18rem,3fr)" },
      cell: ({ row }) => <EntityLink entityKey={row.original.key} name={row.original.name} asOf={asOf} />,
    }),
    column.accessor("kind", {
      header: "Kind",
      meta: { width: "9rem" },
      cell: ({ getValue }) => kindWord(getValue()),
    }),
    column.accessor("status", {
      header: "Status",
      meta: { width: "6.5rem" },
      cell: ({ getValue }) => <Badge>{getValue()}</Badge>,
    }),
    column.accessor("origins", {
      header: "Seen by",
      meta: { width: "minmax(8rem,1fr)" },
      cell: ({ getValue }) => <span className="text-quiet">{getValue().join(", ")}</span>,
    }),
    column.accessor("tags", {
      header: "Tags",
      meta: { width: "minmax(7rem,1fr)" },
      cell: ({ getValue }) =>
        Object.entries(getValue()).map(([name, value]) => (
          <Badge key={name} tone="quiet">
            {value === "" ? name : `${name}=${value}`}
          </Badge>
        )),
    }),
    column.accessor("created", {
      header: "First seen",
      meta: { width: "7.5rem" },
      cell: ({ getValue }) => <time title={moment(getValue())}>{ago(getValue())}</time>,
    }),
    column.accessor("updated", {
      header: "Changed",
      meta: { width: "7.5rem" },
      cell: ({ getValue }) => <time title={moment(getValue())}>{ago(getValue())}</time>,
    }),
  ] as ColumnDef<AnyRecord>[];
}

export const ASSET_SORTS: ReadonlySet<string> = new Set(["key", "updated"]);
