import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type AnyRecord, type ListName, type ListQuery, list } from "@/api/kinds";

const PAGE = 200;

/** The rows of a list so far, and how to get the next page. The rows of the last filter stay until new ones come. */
export function useRecords<Row extends { key: string } = AnyRecord>(
  name: ListName,
  query: Omit<ListQuery, "cursor" | "limit">,
) {
  const found = useInfiniteQuery({
    queryKey: ["list", name, query],
    queryFn: ({ pageParam, signal }) =>
      list<Row>(name, { ...query, limit: PAGE, ...(pageParam === "" ? {} : { cursor: pageParam }) }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  // The same pages are the same rows: a table draws them again only when they change.
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  return { ...found, rows };
}
