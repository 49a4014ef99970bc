import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, body } from "@/api/client";
import { AsOf } from "@/components/AsOf";
import { FilterBar } from "@/components/FilterBar";
import { PageHead } from "@/components/PageHead";
import { Panel } from "@/components/Panel";
import { Shown } from "@/components/States";

/** Formats that a person reads; the others are for programs. */
const READ: ReadonlySet<string> = new Set(["html", "pdf", "markdown", "csv"]);

/** Downloads of the surface as it is, or as it was: for a manager, an engineer, or another program. */
export function Reports() {
  const [filter, setFilter] = useState("");
  const [moment, setMoment] = useState<string | undefined>(undefined);
  const formats = useQuery({
    queryKey: ["export-formats"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/exports", { signal })).data,
    staleTime: Infinity,
  });

  function address(format: string): string {
    const query = new URLSearchParams({
      ...(filter === "" ? {} : { filter }),
      ...(moment === undefined ? {} : { as_of: moment }),
    });
    return `/api/v1/exports/${encodeURIComponent(format)}?${query}`;
  }

  return (
    <div className="flex flex-col gap-4 p-4 md:p-6">
      <PageHead title="Reports">
        <AsOf value={moment} onChange={setMoment} />
      </PageHead>
      <FilterBar filter={filter} onChange={setFilter} offers={["status=active"]} />
      <Shown query={formats}>
        {(found) => (
          <div className="grid gap-4 md:grid-cols-2">
            {[true, false].map((read) => (
              <Panel key={String(read)} title={read ? "To read" : "For other programs"}>
                <ul className="flex flex-col divide-y divide-line/60">
                  {found
                    .filter(({ format }) => READ.has(format) === read)
                    .map((one) => (
                      <li key={one.format} className="flex items-center justify-between gap-3 py-2">
                        <div>
                          <p className="font-medium">{one.title}</p>
                          <p className="text-xs text-quiet">
                            {one.extension}, {one.media_type}
                          </p>
                        </div>
                        <a
                          href={address(one.format)}
                          download
                          className="rounded-md border border-line px-2.5 py-1 text-sm font-medium hover:bg-raised"
                        >
                          Download<span className="sr-only"> as {one.title}</span>
                        </a>
                      </li>
                    ))}
                </ul>
              </Panel>
            ))}
          </div>
        )}
      </Shown>
    </div>
  );
}
