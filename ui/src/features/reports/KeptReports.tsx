import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "@/api/client";
import { list } from "@/api/kinds";
import { Empty, Shown } from "@/components/States";
import { DownloadLink } from "@/features/reports/DownloadLink";
import { ago, count } from "@/lib/format";

type File = Schemas["FileRecord"];
const MOST = 200;
const FOLDER = "reports/";

/** The reports that the clock wrote. */
export function KeptReports() {
  const files = useQuery({
    queryKey: ["list", "files", "reports"],
    queryFn: ({ signal }) =>
      list<File>("files", { filter: `key~"${FOLDER}"`, sort: "-updated", limit: MOST }, signal),
  });
  return (
    <Shown query={files} rows={2}>
      {({ items }) => {
        const reports = items.filter(({ path }) => path.startsWith(FOLDER));
        return reports.length === 0 ? (
          <Empty title="No report was written yet" />
        ) : (
          <ul className="flex max-h-96 flex-col divide-y divide-line/60 overflow-y-auto text-sm">
            {reports.map((file) => (
              <li key={file.key} className="flex flex-wrap items-center gap-3 py-2">
                <span className="min-w-40 flex-1 wrap-anywhere">{file.path.slice(FOLDER.length)}</span>
                <span className="text-xs text-quiet">
                  {count(Math.ceil(file.size_bytes / 1_000))} kB, {ago(file.created)}
                </span>
                <DownloadLink
                  address={`/api/v1/files/${encodeURIComponent(file.path)}/content`}
                  what={file.path}
                />
              </li>
            ))}
          </ul>
        );
      }}
    </Shown>
  );
}
