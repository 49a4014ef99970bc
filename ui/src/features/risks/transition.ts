/** Moving risks through their life. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";

export type RiskState = Schemas["RiskState"];
export type Transition = Omit<Schemas["BulkBody"], "keys">;
export type Moved = Schemas["Moved"];

const MOST_AT_ONCE = 500;

/** Move each of the risks; one that the server refuses does not hinder the others. Gives those that were refused. */
export function useTransition(onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ keys, transition }: { keys: readonly string[]; transition: Transition }) => {
      const refused: Moved[] = [];
      for (let from = 0; from < keys.length; from += MOST_AT_ONCE) {
        const part = keys.slice(from, from + MOST_AT_ONCE);
        const answer = body(await api.POST("/api/v1/risks/bulk", { body: { keys: part, ...transition } }));
        refused.push(...answer.data.filter(({ done }) => !done));
      }
      return refused;
    },
    onSuccess: (refused) => {
      void client.invalidateQueries();
      if (refused.length === 0) onDone();
    },
  });
}

/** Say who mends the risks and until when; their state stays. */
export function useAssign(onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({
      keys,
      owner,
      due,
    }: {
      keys: readonly string[];
      owner: string;
      due: string | null;
    }) => {
      const refused: Moved[] = [];
      for (const key of keys) {
        try {
          const assigned = { owner, ...(due === null ? {} : { due_at: due }) };
          await api.PATCH("/api/v1/risks/{key}", { params: { path: { key } }, body: assigned as never });
        } catch (error) {
          const detail = error instanceof Error ? error.message : String(error);
          refused.push({ key, done: false, problem: "", detail });
        }
      }
      return refused;
    },
    onSuccess: (refused) => {
      void client.invalidateQueries();
      if (refused.length === 0) onDone();
    },
  });
}
