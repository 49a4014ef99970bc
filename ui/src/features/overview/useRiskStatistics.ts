import { useQuery } from "@tanstack/react-query";
import { api, body } from "@/api/client";

/** How many risks are unresolved, by decision and by age; one answer for all who ask. */
export function useRiskStatistics() {
  return useQuery({
    queryKey: ["statistics", "risks"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/statistics/risks", { signal })).data,
    meta: { calm: true },
  });
}
