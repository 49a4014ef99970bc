import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { AsOf } from "@/components/AsOf";
import { FilterBar } from "@/components/FilterBar";
import { SelectField } from "@/components/Field";
import { PageHead } from "@/components/PageHead";
import { Panel } from "@/components/Panel";
import { Shown } from "@/components/States";
import { DownloadLink } from "@/features/reports/DownloadLink";
import { KeptReports } from "@/features/reports/KeptReports";
import { Schedules } from "@/features/schedules/Schedules";

type Format = Schemas["ExportFormatItem"];
type Table = readonly [string, Readonly<Record<string, string>>];

const MANAGERS = ["html-management", "pdf-management"];
const TECHNICAL = ["html", "pdf", "markdown"];
/** What each reader takes into a spreadsheet: words, what goes in, and which of it. */
const TABLE_FOR_MANAGERS: Table = [
  "What calls for a decision, as a table (CSV)",
  { kinds: "risks", filter: "state=triage,open decision=act,attend" },
];
const TABLE_FOR_ENGINEERS: Table = [
  "Every unresolved risk, as a table (CSV)",
  { kinds: "risks", filter: "state=triage,open" },
];
const REPORTS: ReadonlySet<string> = new Set([...MANAGERS, ...TECHNICAL]);
/** What a table or an export may be narrowed to. */
const KINDS: readonly (readonly [string, string])[] = [
  ["", "What the format holds by itself"],
  ["risks", "Risks"],
  ["assets", "Assets"],
  ["domains", "Domains"],
  ["addresses", "Addresses"],
  ["ports", "Ports"],
  ["webapplications", "Web applications"],
  ["certificates", "Certificates"],
  ["technologies", "Technologies"],
  ["jobs", "Jobs"],
];

/** The surface on paper: for who decides, for who mends, and for other programs; now, or by the clock. */
export function Reports() {
  const formats = useQuery({
    queryKey: ["export-formats"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/exports", { signal })).data,
    staleTime: Infinity,
  });
  return (
    <div className="flex flex-col gap-4 p-4 md:p-6">
      <PageHead title="Reports" />
      <Shown query={formats}>
        {(found) => (
          <>
            <div className="grid gap-4 md:grid-cols-2">
              <Panel title="For managers">
                <p className="mb-2 text-sm text-quiet">
                  The numbers, the worst risks, what is overdue, the plan, and what nobody could look at.
                </p>
                <Downloads
                  formats={found.filter(({ format }) => MANAGERS.includes(format))}
                  table={TABLE_FOR_MANAGERS}
                />
              </Panel>
              <Panel title="For engineers">
                <p className="mb-2 text-sm text-quiet">
                  All of that with factors, evidence, certificates, assets and changes.
                </p>
                <Downloads
                  formats={found.filter(({ format }) => TECHNICAL.includes(format))}
                  table={TABLE_FOR_ENGINEERS}
                />
              </Panel>
            </div>
            <Panel title="Build a table or an export">
              <Builder formats={found.filter(({ format }) => !REPORTS.has(format))} />
            </Panel>
          </>
        )}
      </Shown>
      <div className="grid gap-4 xl:grid-cols-2">
        <Panel title="Scheduled">
          <Schedules type="report" />
        </Panel>
        <Panel title="Kept reports">
          <KeptReports />
        </Panel>
      </div>
    </div>
  );
}

function Downloads({ formats, table }: { formats: readonly Format[]; table: Table }) {
  const [words, query] = table;
  return (
    <ul className="flex flex-col divide-y divide-line/60">
      {formats.map((one) => (
        <Download key={one.format} address={addressOf(one.format)} words={one.title} />
      ))}
      <Download address={`${addressOf("csv")}?${new URLSearchParams(query)}`} words={words} />
    </ul>
  );
}

function addressOf(format: string): string {
  return `/api/v1/exports/${encodeURIComponent(format)}`;
}

function Download({ address, words }: { address: string; words: string }) {
  return (
    <li className="flex items-center justify-between gap-3 py-2">
      <span className="font-medium">{words}</span>
      <DownloadLink address={address} what={words} />
    </li>
  );
}

/** Choose what goes in, and take it in whichever format. */
function Builder({ formats }: { formats: readonly Format[] }) {
  const [format, setFormat] = useState("csv");
  const [kinds, setKinds] = useState("risks");
  const [filter, setFilter] = useState("");
  const [moment, setMoment] = useState<string | undefined>(undefined);
  const query = new URLSearchParams({
    ...(kinds === "" ? {} : { kinds }),
    ...(filter === "" ? {} : { filter }),
    ...(moment === undefined ? {} : { as_of: moment }),
  });
  const chosen = formats.find((one) => one.format === format);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-end gap-3">
        <div className="w-64">
          <SelectField
            label="Format"
            options={formats.map((one) => [one.format, one.title] as const)}
            value={format}
            onChange={(event) => {
              setFormat(event.target.value);
            }}
          />
        </div>
        <div className="w-64">
          <SelectField
            label="What"
            options={KINDS}
            value={kinds}
            onChange={(event) => {
              setKinds(event.target.value);
            }}
          />
        </div>
        <AsOf value={moment} onChange={setMoment} />
      </div>
      <FilterBar filter={filter} onChange={setFilter} offers={["status=active"]} />
      <div>
        <DownloadLink
          address={`${addressOf(format)}${query.size === 0 ? "" : `?${query}`}`}
          what={chosen?.title ?? format}
        />
      </div>
    </div>
  );
}
