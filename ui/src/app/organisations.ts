/** The organisations that this session may look at. */
import { useQuery } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { useMay } from "@/app/session";

export function useOrganisations() {
  const may = useMay();
  return useQuery({
    queryKey: ["organisations"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/organisations", { signal })).data,
    enabled: may("organisations:read"),
    staleTime: 60_000,
  });
}
