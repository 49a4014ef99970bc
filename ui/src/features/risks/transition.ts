/** Moving a risk through its life. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Schemas, api } from "@/api/client";

export type Transition = Schemas["TransitionBody"];
export type RiskState = Schemas["RiskState"];

export interface Moved {
  done: number;
  failed: { key: string; error: Error }[];
}

const AT_ONCE = 4;

/** Move each of the risks; one that the server refuses does not stop the others. */
export function useTransition(onDone?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({
      keys,
      transition,
    }: {
      keys: readonly string[];
      transition: Transition;
    }): Promise<Moved> => {
      const left = [...keys];
      const moved: Moved = { done: 0, failed: [] };
      async function work(): Promise<void> {
        for (let key = left.shift(); key !== undefined; key = left.shift()) {
          try {
            await api.POST("/api/v1/risks/{key}/transition", { params: { path: { key } }, body: transition });
            moved.done += 1;
          } catch (error) {
            moved.failed.push({ key, error: error instanceof Error ? error : new Error(String(error)) });
          }
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      return moved;
    },
    onSuccess: (moved) => {
      void client.invalidateQueries();
      if (moved.failed.length === 0) onDone?.();
    },
  });
}
