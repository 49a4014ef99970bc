import { useQuery } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { Empty, Shown } from "@/components/States";
import { count, moment } from "@/lib/format";

/** What is known of vulnerabilities, from whom and how fresh. */
export function Feeds() {
  const intelligence = useQuery({
    queryKey: ["intelligence"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/intelligence", { signal })).data,
  });
  return (
    <Shown query={intelligence}>
      {({ feeds }) =>
        feeds.length === 0 ? (
          <Empty title="No feed was loaded">
            <code>chariot intel update</code> fetches them, when you say so.
          </Empty>
        ) : (
          <ul className="flex flex-col divide-y divide-line/60 text-sm">
            {feeds.map((feed) => (
              <li key={feed.feed} className="py-2">
                <p className="flex justify-between gap-3">
                  <span className="font-medium">{feed.feed}</span>
                  <span className="tabular-nums">{count(feed.records)}</span>
                </p>
                <p className="text-xs break-words text-quiet">
                  {[feed.source, feed.version === "0" ? "" : feed.version, moment(feed.loaded_at)]
                    .filter(Boolean)
                    .join(" · ")}
                </p>
              </li>
            ))}
          </ul>
        )
      }
    </Shown>
  );
}
