import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { SelectField, TextField } from "@/components/Field";
import { Empty } from "@/components/States";
import { wordsIn } from "@/lib/useText";
import { count, duration } from "@/lib/format";

type ScanBody = Schemas["ScanBody"];
type Plan = Schemas["Plan"];
const DEPTHS: readonly (readonly [string, string])[] = [
  ["", "As deep as each seed allows"],
  ["passive", "Passive: nothing is sent to the target"],
  ["light", "Light: look-ups only"],
  ["normal", "Normal: ports and pages"],
  ["deep", "Deep: everything that is allowed"],
];

export interface ScanDialogProps {
  onClose: () => void;
}

/** Says what a scan would do before it is ordered. */
export function ScanDialog({ onClose }: ScanDialogProps) {
  const client = useQueryClient();
  const [seeds, setSeeds] = useState("");
  const [deny, setDeny] = useState("");
  const [depth, setDepth] = useState("");
  const [dueOnly, setDueOnly] = useState(false);
  const from = wordsIn(seeds);
  const isAll = from.length === 0;
  const wanted: ScanBody = {
    seeds: from,
    deny: isAll ? [] : wordsIn(deny),
    depth: isAll || depth === "" ? null : (depth as NonNullable<ScanBody["depth"]>),
    due_only: dueOnly,
  };
  const plan = useMutation({
    mutationFn: async () => body(await api.POST("/api/v1/scans/plan", { body: wanted })).data,
  });
  const start = useMutation({
    mutationFn: async () => body(await api.POST("/api/v1/scans", { body: wanted })).data,
    onSuccess: () => {
      void client.invalidateQueries();
      onClose();
    },
  });
  const error = start.error ?? plan.error;
  return (
    <Dialog
      open
      title="Scan"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            busy={plan.isPending}
            onClick={() => {
              plan.mutate();
            }}
          >
            What will it do?
          </Button>
          <Button
            look="primary"
            busy={start.isPending}
            onClick={() => {
              start.mutate();
            }}
          >
            Start
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <TextField
          label="Seeds"
          placeholder="all that is known"
          value={seeds}
          hint="Names, addresses or netblocks, with commas between them."
          onChange={(event) => {
            setSeeds(event.target.value);
            plan.reset();
          }}
        />
        <TextField
          label="Except"
          value={deny}
          disabled={isAll}
          hint="Below the seeds; stays untouched."
          onChange={(event) => {
            setDeny(event.target.value);
            plan.reset();
          }}
        />
        <SelectField
          label="How far"
          options={DEPTHS}
          value={depth}
          disabled={isAll}
          onChange={(event) => {
            setDepth(event.target.value);
            plan.reset();
          }}
        />
        <label className="flex items-center gap-2 text-sm">
          <input
            type="checkbox"
            className="size-4 accent-(--accent)"
            checked={dueOnly}
            onChange={(event) => {
              setDueOnly(event.target.checked);
              plan.reset();
            }}
          />
          Only what is due again
        </label>
        {error !== null && (
          <p role="alert" className="text-sm wrap-anywhere text-critical">
            {error.message}
          </p>
        )}
        {plan.data !== undefined && <PlanTable plan={plan.data} />}
      </div>
    </Dialog>
  );
}

/** What a scan will do: for each capability how many targets, packets and seconds, and what holds it back. */
export function PlanTable({ plan }: { plan: Plan }) {
  return (
    <section aria-label="What it will do" className="text-sm">
      <p className="font-medium" role="status">
        {count(plan.targets)} targets, about {count(plan.packets)} packets, about {duration(plan.seconds)}
      </p>
      <p className="text-quiet">
        {plan.refused > 0 && `${count(plan.refused)} refused by the scope. `}
        {plan.not_due > 0 && `${count(plan.not_due)} not due yet. `}
        What it finds anew is looked at as well.
      </p>
      {plan.work.length === 0 ? (
        <Empty title="Nothing would be done" />
      ) : (
        <div className="mt-2 overflow-x-auto">
          <table className="w-full text-right">
            <thead className="text-xs text-quiet">
              <tr>
                <th className="pb-1 text-left font-medium">Capability</th>
                <th className="pb-1 font-medium">Targets</th>
                <th className="pb-1 font-medium">Packets</th>
                <th className="pb-1 font-medium">Time</th>
              </tr>
            </thead>
            <tbody className="tabular-nums">
              {plan.work.map((work) => (
                <tr key={work.capability} className="border-t border-line/60 align-top">
                  <th scope="row" className="py-1 pr-2 text-left font-normal">
                    {work.capability} <Badge tone="quiet">{work.touch}</Badge>
                    <span className="block text-xs text-quiet">{work.sends}</span>
                    {work.missing.length > 0 && (
                      <span className="block text-xs text-medium">needs {work.missing.join(", ")}</span>
                    )}
                  </th>
                  <td className="py-1" title={work.examples.join(", ")}>
                    {count(work.targets)}
                  </td>
                  <td className="py-1">{count(work.packets)}</td>
                  <td className="py-1">{duration(work.seconds)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {plan.left_out.length > 0 && (
        <p className="mt-2 wrap-anywhere text-quiet">Left out: {plan.left_out.join(", ")}</p>
      )}
      {plan.notes.map((note) => (
        <p key={note} className="mt-1 wrap-anywhere text-quiet">
          {note}
        </p>
      ))}
    </section>
  );
}
