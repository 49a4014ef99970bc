import { type ColumnDef, createColumnHelper } from "@tanstack/react-table";
import type { RiskRecord } from "@/api/kinds";
import { Badge } from "@/components/Badge";
import { EntityLink } from "@/components/EntityLink";
import { Score } from "@/components/Score";
import { ago, moment } from "@/lib/format";

const column = createColumnHelper<RiskRecord>();

export const RISK_SORTS: ReadonlySet<string> = new Set([
  "score",
  "decision",
  "severity",
  "state",
  "due_at",
  "target",
  "weakness",
  "updated",
]);

export const RISK_COLUMNS = [
  column.accessor("score", {
    header: "Score",
    meta: { width: "6rem" },
    cell: ({ getValue }) => <Score value={getValue() ?? 0} />,
  }),
  column.accessor("decision", {
    header: "SSVC",
    meta: { width: "5.5rem" },
    cell: ({ getValue }) => {
      const decision = getValue();
      return decision == null ? <span className="text-quiet">unknown</span> : <Badge>{decision}</Badge>;
    },
  }),
  column.accessor("title", {
    header: "What is wrong",
    meta: { width: "minmax(12rem,3fr)" },
    cell: ({ row }) => <span title={row.original.title}>{row.original.title || row.original.name}</span>,
  }),
  column.accessor("target", {
    header: "Target",
    meta: { width: "minmax(10rem,2fr)" },
    cell: ({ getValue }) => <EntityLink entityKey={getValue()} />,
  }),
  column.accessor("weakness", {
    header: "Weakness",
    meta: { width: "8.5rem" },
    cell: ({ getValue }) => <span className="font-mono text-xs">{getValue()}</span>,
  }),
  column.accessor("state", {
    header: "State",
    meta: { width: "6.5rem" },
    cell: ({ getValue }) => <Badge>{getValue()}</Badge>,
  }),
  column.accessor("owner", {
    header: "Owner",
    meta: { width: "6rem" },
    cell: ({ getValue }) => getValue() || <span className="text-quiet">nobody</span>,
  }),
  column.accessor("due_at", {
    header: "Due",
    meta: { width: "6.5rem" },
    cell: ({ row, getValue }) => {
      const due = getValue();
      if (due == null) return <span className="text-quiet">no date</span>;
      return (
        <time title={moment(due)} className={row.original.overdue ? "font-semibold text-critical" : ""}>
          {ago(due)}
        </time>
      );
    },
  }),
  column.accessor("created", {
    header: "Age",
    meta: { width: "7rem" },
    cell: ({ getValue }) => <time title={moment(getValue())}>{ago(getValue())}</time>,
  }),
  column.accessor("updated", {
    header: "Changed",
    meta: { width: "7rem" },
    cell: ({ getValue }) => <time title={moment(getValue())}>{ago(getValue())}</time>,
  }),
] as ColumnDef<RiskRecord>[];

/** Columns that are there when somebody asks for them. */
export const RISK_HIDDEN = ["created", "updated"] as const;
