import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";
import { Allowed } from "@/components/Allowed";
import { Button } from "@/components/Button";
import { Empty, Shown } from "@/components/States";
import { ago } from "@/lib/format";

type Letter = Schemas["DeadLetterItem"];

/** Work that failed five times, with its error; it can be tried again. */
export function DeadLetters() {
  const client = useQueryClient();
  const letters = useQuery({
    queryKey: ["dead-letters"],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/queues/dead-letters", { signal })).data as Letter[],
  });
  const replay = useMutation({
    mutationFn: async (queue: string) => {
      await api.POST("/api/v1/queues/dead-letters/replay", { body: { queue } as never });
    },
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <Shown query={letters} rows={2}>
      {(found) =>
        found.length === 0 ? (
          <Empty title="Nothing failed for good" />
        ) : (
          <>
            {[...Map.groupBy(found, ({ queue }) => queue)].map(([queue, members]) => (
              <section key={queue} aria-label={queue} className="mb-4">
                <div className="mb-1 flex items-center justify-between">
                  <h3 className="text-sm font-semibold">
                    {queue} ({members.length})
                  </h3>
                  <Allowed to="queues:write">
                    <Button
                      busy={replay.isPending}
                      onClick={() => {
                        replay.mutate(queue);
                      }}
                    >
                      Try again
                    </Button>
                  </Allowed>
                </div>
                <ul className="flex max-h-72 flex-col gap-1.5 overflow-y-auto text-sm">
                  {members.map((letter) => (
                    <li key={letter.number} className="rounded bg-raised px-3 py-2">
                      <p className="flex justify-between gap-3">
                        <code className="truncate font-mono text-xs">{letter.order_key}</code>
                        <span className="text-xs whitespace-nowrap text-quiet">
                          {letter.attempts} tries, {ago(letter.died_at)}
                        </span>
                      </p>
                      <p className="break-words text-critical">{letter.error}</p>
                    </li>
                  ))}
                </ul>
              </section>
            ))}
          </>
        )
      }
    </Shown>
  );
}
