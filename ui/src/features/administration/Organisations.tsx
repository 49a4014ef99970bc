import { useQuery } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { useSession } from "@/app/session";
import { Badge } from "@/components/Badge";
import { Shown } from "@/components/States";

/** The organisations that this session may see. */
export function Organisations() {
  const session = useSession();
  const organisations = useQuery({
    queryKey: ["organisations"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/organisations", { signal })).data,
  });
  return (
    <Shown query={organisations}>
      {(found) => (
        <ul className="flex flex-col divide-y divide-line/60 text-sm">
          {found.map(({ name, title }) => (
            <li key={name} className="flex items-center justify-between gap-2 py-1.5">
              <span>{title === "" ? name : `${title} (${name})`}</span>
              {name === session.data?.organisation && <Badge tone="good">this one</Badge>}
            </li>
          ))}
        </ul>
      )}
    </Shown>
  );
}
