import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { RiskRecord } from "@/api/kinds";
import { useMay } from "@/app/session";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { dayOf, endOfDay } from "@/features/risks/due";

/** Until when a risk must be mended. A date that a person sets stays over what the policy says. */
export function DueDate({ risk }: { risk: RiskRecord }) {
  const client = useQueryClient();
  const set = useMutation({
    mutationFn: async (due: string | null) => {
      await api.PATCH("/api/v1/risks/{key}", {
        params: { path: { key: risk.key } },
        body: { due_at: due } as never,
      });
    },
    onSuccess: () => client.invalidateQueries(),
  });
  const mayChange = useMay()("risks:write");
  const day = dayOf(risk.due_at);
  return (
    <span className="flex flex-wrap items-center gap-2">
      <input
        key={day}
        type="date"
        aria-label="Due"
        className="min-h-8 rounded-md border border-line bg-panel px-2 text-sm"
        defaultValue={day}
        disabled={set.isPending || !mayChange}
        onBlur={(event) => {
          const chosen = event.target.value;
          if (chosen !== "" && chosen !== day) set.mutate(endOfDay(chosen));
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
        }}
      />
      {risk.overdue && <Badge tone="critical">overdue</Badge>}
      {mayChange && day !== "" && (
        <Button
          look="quiet"
          busy={set.isPending}
          onClick={() => {
            set.mutate(null);
          }}
        >
          No date
        </Button>
      )}
      {set.error !== null && (
        <span role="alert" className="w-full text-critical">
          {set.error.message}
        </span>
      )}
    </span>
  );
}
