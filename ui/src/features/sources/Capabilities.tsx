import { useQuery } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Shown } from "@/components/States";
import { duration } from "@/lib/format";

/** The scanners: what each accepts, how hard it touches, how often it looks again, and what it misses. */
export function Capabilities() {
  const capabilities = useQuery({
    queryKey: ["capabilities"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/capabilities", { signal })).data,
  });
  return (
    <Shown query={capabilities}>
      {(items) => (
        <ul className="flex flex-col divide-y divide-line/60 text-sm">
          {items.map((item) => (
            <li key={item.name} className="grid gap-x-3 py-2 md:grid-cols-[10rem_1fr_auto]">
              <span className="font-medium">{item.name}</span>
              <span className="text-quiet">{item.summary}</span>
              <span className="flex flex-wrap items-center gap-1.5">
                <Badge tone="quiet">{item.touch}</Badge>
                <span className="text-xs text-quiet">every {duration(item.period_s)}</span>
                {item.needs.map((need) => (
                  <Badge key={need} tone="medium">
                    {`needs ${need}`}
                  </Badge>
                ))}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Shown>
  );
}
