/** What the first view shows first: asked for as early as can be, and read by the page when it stands. */
import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { type RiskRecord, list } from "@/api/kinds";

export const TOP = 8;

export const statisticsQuery = queryOptions({
  queryKey: ["statistics"],
  queryFn: async ({ signal }) => body(await api.GET("/api/v1/statistics", { signal })).data,
});

export const topQuery = queryOptions({
  queryKey: ["list", "risks", "first"],
  queryFn: ({ signal }) =>
    list<RiskRecord>("risks", { filter: "state=triage,open", sort: "-score", limit: TOP }, signal),
});
