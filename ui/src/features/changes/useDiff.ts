import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";

export type Difference = Schemas["DifferenceItem"];

export interface Asked {
  /** How long ago ("24h"), or an instant. */
  since: string;
  until?: string | undefined;
  /** Kinds as the API names them, with commas between; without it all. */
  kind?: string | undefined;
  /** How many on one page. */
  limit: number;
}

/** What appeared, changed and left between two moments, page by page. */
export function useDiff({ since, until, kind, limit }: Asked) {
  const found = useInfiniteQuery({
    queryKey: ["diff", since, until ?? "", kind ?? "", limit],
    queryFn: async ({ pageParam: cursor, signal }) => {
      const query = {
        since,
        limit,
        ...(until === undefined ? {} : { until }),
        ...(kind === undefined ? {} : { kind }),
        ...(cursor === "" ? {} : { cursor }),
      };
      const answer = body(await api.GET("/api/v1/diff", { params: { query }, signal }));
      return { items: answer.data as Difference[], cursor: answer.pagination.cursor };
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.cursor ?? undefined,
    placeholderData: keepPreviousData,
    meta: { calm: true },
  });
  return { ...found, data: found.data?.pages.flatMap(({ items }) => items) };
}
