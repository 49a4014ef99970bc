import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";

export type Difference = Schemas["DifferenceItem"];

export interface Asked {
  /** How long ago ("24h"), or an instant. */
  since: string;
  until?: string | undefined;
  limit: number;
}

/** What appeared, changed and left between two moments. */
export function useDiff({ since, until, limit }: Asked) {
  return useQuery({
    queryKey: ["diff", since, until ?? "", limit],
    queryFn: async ({ signal }) => {
      const answer = body(
        await api.GET("/api/v1/diff", {
          params: { query: { since, limit, ...(until === undefined ? {} : { until }) } },
          signal,
        }),
      );
      return { items: answer.data as Difference[], hasMore: answer.pagination.has_more };
    },
    placeholderData: keepPreviousData,
  });
}
