/** What the tables show of each kind, and by what the server can sort it. */
import { type ColumnDef, createColumnHelper } from "@tanstack/react-table";
import type { AnyRecord, ListName } from "@/api/kinds";
import { Badge } from "@/components/Badge";
import { EntityLink } from "@/components/EntityLink";
import { ago, kindWord, moment } from "@/lib/format";

const column = createColumnHelper<AnyRecord>();

/** A field of one kind alone: its name, its header, the width of its column. */
type Own = readonly [field: string, header: string, width: string];

const OWN: Partial<Record<ListName, readonly Own[]>> = {
  addresses: [
    ["asn", "AS", "6rem"],
    ["holder", "Holder", "minmax(9rem,1fr)"],
    ["country", "Country", "5.5rem"],
  ],
  netblocks: [["holder", "Holder", "minmax(9rem,1fr)"]],
  ports: [
    ["number", "Port", "5rem"],
    ["protocol", "Protocol", "5.5rem"],
    ["service", "Service", "8rem"],
    ["banner", "Banner", "minmax(10rem,2fr)"],
  ],
  webapplications: [
    ["status_code", "Answer", "5rem"],
    ["title", "Title", "minmax(10rem,2fr)"],
    ["server", "Server", "9rem"],
    ["redirect", "Leads to", "minmax(9rem,1fr)"],
  ],
  technologies: [
    ["product", "Product", "10rem"],
    ["version", "Version", "8rem"],
  ],
  certificates: [
    ["not_after", "Ends", "10.5rem"],
    ["issuer", "Issuer", "minmax(9rem,1fr)"],
    ["names", "Names", "minmax(10rem,2fr)"],
    ["key_type", "Key", "7rem"],
  ],
  dnsrecords: [
    ["type", "Type", "5rem"],
    ["value", "Value", "minmax(12rem,2fr)"],
  ],
  credentials: [
    ["type", "Type", "8rem"],
    ["account", "Account", "minmax(9rem,1fr)"],
    ["valid", "Works", "5.5rem"],
  ],
  attributes: [
    ["label", "Label", "9rem"],
    ["value", "Value", "minmax(12rem,2fr)"],
  ],
};
const INSTANTS: ReadonlySet<string> = new Set(["not_after"]);

/** What a cell says of a field that only its kind has; all of it came from outside and is text. */
function said(field: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  if (Array.isArray(value)) return value.map(String).join(", ");
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string" && INSTANTS.has(field)) return moment(value);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function ownColumns(list: ListName): ColumnDef<AnyRecord>[] {
  return (OWN[list] ?? []).map(([field, header, width]) =>
    column.display({
      id: field,
      header,
      meta: { width },
      cell: ({ row }) => {
        const text = said(field, (row.original as unknown as Record<string, unknown>)[field]);
        return <span title={text}>{text}</span>;
      },
    }),
  );
}

/** Columns that are there when somebody asks for them. */
export function hiddenAtFirst(list: ListName): string[] {
  return list === "assets" ? ["visited"] : ["kind", "origins", "visited", "redirect", "key_type"];
}

export function assetColumns(list: ListName, asOf: string | undefined): ColumnDef<AnyRecord>[] {
  return [
    column.accessor("name", {
      id: "key",
      header: "Name",
      meta: { width: "minmax(18rem,3fr)" },
      cell: ({ row }) => <EntityLink entityKey={row.original.key} name={row.original.name} asOf={asOf} />,
    }),
    ...ownColumns(list),
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
    column.accessor("visited", {
      header: "Last seen",
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

const SORTS: Partial<Record<ListName, readonly string[]>> = {
  addresses: ["asn"],
  ports: ["number", "service"],
  webapplications: ["status_code", "server"],
  technologies: ["product", "version"],
  certificates: ["not_after"],
  dnsrecords: ["type"],
  credentials: ["type"],
  attributes: ["label"],
};

/** By what the server can sort a list. */
export function assetSorts(list: ListName): ReadonlySet<string> {
  return new Set(["key", "updated", ...(SORTS[list] ?? [])]);
}
