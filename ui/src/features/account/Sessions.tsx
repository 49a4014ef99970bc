import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Refusal } from "@/components/Refusal";
import { Empty, Shown } from "@/components/States";
import { ago, moment } from "@/lib/format";

/** Where somebody is signed in. *everybody* lists the whole organisation. */
export function Sessions({ current, everybody = false }: { current: string; everybody?: boolean }) {
  const client = useQueryClient();
  const sessions = useQuery({
    queryKey: ["sessions", everybody],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/sessions", { params: { query: { everybody } }, signal })).data,
  });
  const end = useMutation({
    mutationFn: async (id: string) => {
      if (id === "") await api.DELETE("/api/v1/sessions");
      else await api.DELETE("/api/v1/sessions/{id}", { params: { path: { id } } });
    },
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <Shown query={sessions}>
      {(found) =>
        found.length === 0 ? (
          <Empty title="Nobody is signed in with an account">
            Whoever came by a link or a token that the server printed is not listed.
          </Empty>
        ) : (
          <>
            <ul className="flex flex-col divide-y divide-line/60 text-sm">
              {found.map((session) => (
                <li key={session.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
                  <span className="min-w-0 flex-1 basis-48">
                    <span className="block truncate font-medium">
                      {everybody ? session.name || session.subject : session.agent || session.use}
                    </span>
                    <span className="block truncate text-xs text-quiet">
                      {session.use} from {session.address || "somewhere"}
                      {session.ends_at !== null && `, until ${moment(session.ends_at)}`}
                    </span>
                  </span>
                  <span className="text-xs text-quiet">used {ago(session.used_at)}</span>
                  {session.factors > 1 && <Badge tone="good">two factors</Badge>}
                  {session.id === current ? (
                    <Badge tone="low">this one</Badge>
                  ) : (
                    <Button
                      look="danger"
                      busy={end.isPending && end.variables === session.id}
                      onClick={() => {
                        end.mutate(session.id);
                      }}
                    >
                      End
                    </Button>
                  )}
                </li>
              ))}
            </ul>
            <Refusal error={end.error} />
            {!everybody && found.length > 1 && (
              <Button
                look="danger"
                className="mt-2"
                busy={end.isPending && end.variables === ""}
                onClick={() => {
                  end.mutate("");
                }}
              >
                End all, this one too
              </Button>
            )}
          </>
        )
      }
    </Shown>
  );
}
