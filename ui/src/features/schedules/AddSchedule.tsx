import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { SelectField, TextField } from "@/components/Field";
import { SELECTIVE, chosen } from "@/features/schedules/options";
import type { ScheduleType } from "@/features/schedules/Schedules";

const DAY_MINUTES = 1_440;
const EVERY: readonly (readonly [string, string])[] = [
  [String(60), "Every hour"],
  [String(DAY_MINUTES), "Every day"],
  [String(7 * DAY_MINUTES), "Every week"],
  [String(30 * DAY_MINUTES), "Every 30 days"],
  [String(90 * DAY_MINUTES), "Every 90 days"],
];

export function AddSchedule({ type, onClose }: { type: ScheduleType; onClose: () => void }) {
  const client = useQueryClient();
  const [label, setLabel] = useState("");
  const [every, setEvery] = useState(String(7 * DAY_MINUTES));
  const [options, setOptions] = useState<Record<string, string>>(
    type === "report" ? { format: "pdf-management" } : { due_only: "true" },
  );
  const set = useMutation({
    mutationFn: async () => {
      const schedule = { type, every_minutes: Number(every), options: chosen(options) };
      await api.PUT("/api/v1/integrations/{label}", {
        params: { path: { label: label.trim() } },
        body: schedule as never,
      });
    },
    onSuccess: () => {
      void client.invalidateQueries();
      onClose();
    },
  });
  function choose(name: string, value: string) {
    setOptions({ ...options, [name]: value });
  }
  return (
    <Dialog
      open
      title={type === "scan" ? "Schedule a scan" : "Schedule a report"}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={label.trim() === ""}
            busy={set.isPending}
            onClick={() => {
              set.mutate();
            }}
          >
            Schedule
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <TextField
          label="Name"
          placeholder="weekly"
          value={label}
          hint="Lower-case letters, digits, dashes. A schedule of the same name is replaced."
          onChange={(event) => {
            setLabel(event.target.value);
          }}
        />
        <SelectField
          label="How often"
          options={EVERY}
          value={every}
          onChange={(event) => {
            setEvery(event.target.value);
          }}
        />
        {type === "scan" ? (
          <ScanOptions options={options} onChoose={choose} />
        ) : (
          <ReportOptions options={options} onChoose={choose} />
        )}
        {set.error !== null && (
          <p role="alert" className="text-sm wrap-anywhere text-critical">
            {set.error.message}
          </p>
        )}
      </div>
    </Dialog>
  );
}

interface OptionsProps {
  options: Record<string, string>;
  onChoose: (name: string, value: string) => void;
}

function ScanOptions({ options, onChoose }: OptionsProps) {
  return (
    <>
      <TextField
        label="Seeds"
        placeholder="all that is known"
        value={options["seeds"] ?? ""}
        hint="With commas between them."
        onChange={(event) => {
          onChoose("seeds", event.target.value);
        }}
      />
      <SelectField
        label="What"
        options={[
          ["true", "Only what is due again"],
          ["false", "All of it, each time"],
        ]}
        value={options["due_only"] ?? "true"}
        onChange={(event) => {
          onChoose("due_only", event.target.value);
        }}
      />
    </>
  );
}

/** Formats that a person reads, or opens as a table. */
const OFFERED: ReadonlySet<string> = new Set([
  "html",
  "html-management",
  "pdf",
  "pdf-management",
  "markdown",
  "csv",
]);

function ReportOptions({ options, onChoose }: OptionsProps) {
  const formats = useQuery({
    queryKey: ["export-formats"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/exports", { signal })).data,
    staleTime: Infinity,
  });
  const known: readonly Schemas["ExportFormatItem"][] = formats.data ?? [];
  const format = options["format"] ?? "";
  return (
    <>
      <SelectField
        label="Format"
        options={known
          .filter((one) => OFFERED.has(one.format))
          .map((one) => [one.format, one.title] as const)}
        value={format}
        hint={formats.error?.message}
        onChange={(event) => {
          onChoose("format", event.target.value);
        }}
      />
      {SELECTIVE.has(format) && (
        <>
          <TextField
            label="Kind"
            placeholder="risks"
            value={options["kinds"] ?? ""}
            onChange={(event) => {
              onChoose("kinds", event.target.value);
            }}
          />
          <TextField
            label="Filter"
            placeholder="state=triage,open score>=70"
            value={options["filter"] ?? ""}
            onChange={(event) => {
              onChoose("filter", event.target.value);
            }}
          />
        </>
      )}
      <TextField
        label="Keep the newest"
        type="number"
        min={1}
        max={1000}
        value={options["keep"] ?? "12"}
        onChange={(event) => {
          onChoose("keep", event.target.value);
        }}
      />
    </>
  );
}
