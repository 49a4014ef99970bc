import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Panel } from "@/components/Panel";
import type { OrderedScan } from "@/features/scans/orderedScans";
import { ago } from "@/lib/format";

export interface OrderedProps {
  scans: readonly OrderedScan[];
  onForget: (scan: string) => void;
}

/** The scans that were ordered here: each can be paused, go on, or be cancelled by itself. */
export function Ordered({ scans, onForget }: OrderedProps) {
  if (scans.length === 0) return null;
  return (
    <Panel title="Ordered here">
      <ul className="flex flex-col divide-y divide-line/60 text-sm">
        {scans.map((scan) => (
          <Line
            key={scan.scan}
            {...scan}
            onForget={() => {
              onForget(scan.scan);
            }}
          />
        ))}
      </ul>
    </Panel>
  );
}

function Line({ scan, at, what, onForget }: OrderedScan & { onForget: () => void }) {
  const client = useQueryClient();
  const state = useQuery({
    queryKey: ["scan", scan],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/scans/{scan}", { params: { path: { scan } }, signal })).data,
    retry: false,
  });
  const steer = useMutation({
    mutationFn: async (verb: "pause" | "resume" | "cancel") => {
      await api.POST(`/api/v1/scans/{scan}/${verb}`, { params: { path: { scan } } });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["scan"] }),
  });
  const halted = state.data?.halted;
  const error = steer.error ?? state.error;
  return (
    <li className="flex flex-wrap items-center gap-2 py-2">
      <span className="min-w-40 flex-1 wrap-anywhere">{what}</span>
      <code className="font-mono text-xs text-quiet">{scan}</code>
      {halted !== undefined && <Badge>{halted === "" ? "not held" : halted}</Badge>}
      <span className="text-xs text-quiet">{ago(at)}</span>
      {halted === "" && (
        <Button
          busy={steer.isPending}
          onClick={() => {
            steer.mutate("pause");
          }}
        >
          Pause
        </Button>
      )}
      {halted === "paused" && (
        <Button
          busy={steer.isPending}
          onClick={() => {
            steer.mutate("resume");
          }}
        >
          Go on
        </Button>
      )}
      {halted !== undefined && halted !== "cancelled" && (
        <Button
          look="danger"
          busy={steer.isPending}
          onClick={() => {
            steer.mutate("cancel");
          }}
        >
          Cancel
        </Button>
      )}
      <Button look="quiet" onClick={onForget}>
        Forget
      </Button>
      {error !== null && (
        <p role="alert" className="w-full text-critical">
          {error.message}
        </p>
      )}
    </li>
  );
}
