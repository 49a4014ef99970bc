import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { intervalOf } from "@/features/overview/span";

export type Series = Schemas["Series"];
export type View = "assets" | "risks";

/** How many assets by kind, or risks by severity, there were at each moment since *since*. */
export function useSeries(view: View, since: string) {
  const [now] = useState(() => Date.now());
  const interval = intervalOf(since, now);
  return useQuery({
    queryKey: ["series", view, since, interval],
    queryFn: async ({ signal }): Promise<Series> => {
      const query =
        view === "assets"
          ? { since, interval, kind: "assets" }
          : { since, interval, kind: "risk", by: "severity" };
      return body(await api.GET("/api/v1/statistics/series", { params: { query }, signal })).data;
    },
    placeholderData: keepPreviousData,
    meta: { calm: true },
  });
}
