import { useQuery } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";

export type VersionItem = Schemas["VersionItem"];

const LIMIT = 200;

/** What the entity was at each time, newest first. */
export function useVersions(key: string) {
  return useQuery({
    queryKey: ["entity", key, "versions"],
    queryFn: async ({ signal }): Promise<VersionItem[]> =>
      body(
        await api.GET("/api/v1/entities/{key}/versions", {
          params: { path: { key }, query: { limit: LIMIT } },
          signal,
        }),
      ).data as VersionItem[],
  });
}
