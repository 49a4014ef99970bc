import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ProblemError, type Schemas, api, body, problemOf } from "@/api/client";
import { organisationHeader } from "@/api/organisation";
import { list } from "@/api/kinds";
import { useMay } from "@/app/session";
import { Allowed } from "@/components/Allowed";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { SelectField } from "@/components/Field";
import { Empty, Shown } from "@/components/States";
import { ago, count } from "@/lib/format";

type ImportRecord = Schemas["ImportRecord"];
type Job = Schemas["ImportJobView"];
const LATEST = 50;
const PERIOD_MS = 700;
const OVER: ReadonlySet<Job["state"]> = new Set(["done", "failed", "cancelled"]);

/** Files of other tools: looked at first, then written, and taken back if that was wrong. */
export function Imports() {
  const [job, setJob] = useState<string | null>(null);
  return (
    <div className="flex flex-col gap-4">
      <Allowed to="imports:write">
        <Upload onSent={setJob} />
      </Allowed>
      {job !== null && <Progress key={job} id={job} onApplied={setJob} />}
      <Ledger />
    </div>
  );
}

function Upload({ onSent }: { onSent: (id: string) => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [format, setFormat] = useState("");
  const formats = useQuery({
    queryKey: ["import-formats"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/importformats", { signal })).data,
    staleTime: Infinity,
  });
  const send = useMutation({
    mutationFn: async (chosen: File): Promise<Job> => {
      const query = new URLSearchParams({
        file: chosen.name,
        dry_run: "true",
        ...(format === "" ? {} : { format }),
      });
      // A file is sent as it is, piece by piece: the typed client would want it as text.
      const answer = await fetch(`/api/v1/imports?${query}`, {
        method: "POST",
        body: chosen,
        headers: { "content-type": "application/octet-stream", ...organisationHeader() },
      });
      if (!answer.ok) throw new ProblemError(await problemOf(answer));
      return ((await answer.json()) as { data: Job }).data;
    },
    onSuccess: (sent) => {
      onSent(sent.id);
    },
  });
  return (
    <form
      className="flex flex-wrap items-start gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (file !== null) send.mutate(file);
      }}
    >
      <label className="min-w-56 flex-1 text-sm">
        <span className="mb-1 block font-medium">File</span>
        <input
          type="file"
          className="block w-full rounded-md border border-line bg-panel px-2 py-1 text-sm"
          onChange={(event) => {
            setFile(event.target.files?.[0] ?? null);
          }}
        />
        <span className="mt-1 block text-xs text-quiet">
          {send.error === null ? "Nothing is written yet." : <span role="alert">{send.error.message}</span>}
        </span>
      </label>
      <div className="w-52">
        <SelectField
          label="Format"
          value={format}
          options={[["", "find out"], ...(formats.data ?? []).map((one) => [one.format, one.title] as const)]}
          onChange={(event) => {
            setFormat(event.target.value);
          }}
        />
      </div>
      <Button look="primary" type="submit" className="mt-6" busy={send.isPending} disabled={file === null}>
        Look at it first
      </Button>
    </form>
  );
}

function Progress({ id, onApplied }: { id: string; onApplied: (id: string) => void }) {
  const client = useQueryClient();
  const job = useQuery({
    queryKey: ["import-job", id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/importjobs/{id}", { params: { path: { id } }, signal })).data,
    refetchInterval: ({ state }) =>
      state.data !== undefined && OVER.has(state.data.state) ? false : PERIOD_MS,
  });
  const act = useMutation({
    mutationFn: async (what: "apply" | "cancel") => {
      const params = { params: { path: { id } } };
      if (what === "cancel") return body(await api.POST("/api/v1/importjobs/{id}/cancel", params)).data;
      return body(await api.POST("/api/v1/importjobs/{id}/apply", params)).data;
    },
    onSuccess: (answered) => {
      void client.invalidateQueries();
      onApplied(answered.id);
    },
  });
  return (
    <Shown query={job} rows={2}>
      {(found) => (
        <section aria-label="This import" className="rounded-md border border-line bg-raised px-4 py-3">
          <p className="flex flex-wrap items-center gap-2 text-sm">
            <strong>{found.file}</strong>
            {found.format !== "" && <span className="text-quiet">{found.format}</span>}
            <Badge>{found.dry_run && found.state === "done" ? "preview" : found.state}</Badge>
            <span className="tabular-nums">
              {found.percent} %, {count(found.findings)} findings
            </span>
          </p>
          <progress
            className="mt-2 h-1.5 w-full accent-(--accent)"
            max={100}
            value={found.percent}
            aria-label="Progress"
          />
          {found.error !== "" && (
            <p role="alert" className="mt-2 text-sm break-words text-critical">
              {found.error_place} {found.error}
            </p>
          )}
          {found.report != null && <Report report={found.report} />}
          <div className="mt-3 flex gap-2">
            {found.dry_run && found.state === "done" && (
              <Button
                look="primary"
                busy={act.isPending}
                onClick={() => {
                  act.mutate("apply");
                }}
              >
                Import it
              </Button>
            )}
            {!OVER.has(found.state) && found.state !== "cancelling" && (
              <Button
                busy={act.isPending}
                onClick={() => {
                  act.mutate("cancel");
                }}
              >
                Cancel
              </Button>
            )}
          </div>
        </section>
      )}
    </Shown>
  );
}

function Report({ report }: { report: Schemas["ImportReport"] }) {
  const numbers = [
    [report.created, "new"],
    [report.changed, "changed"],
    [report.reopened, "reopened"],
    [report.closed, "closed"],
    [report.confirmed, "seen again"],
    [report.refused, "refused"],
  ] as const;
  return (
    <div className="mt-2 text-sm">
      <p>
        {numbers
          .filter(([number, words]) => number > 0 || words === "new")
          .map(([number, words]) => `${count(number)} ${words}`)
          .join(", ")}
      </p>
      {report.errors.length > 0 && (
        <ul className="mt-1 max-h-40 overflow-y-auto text-xs text-quiet">
          {report.errors.map((error, at) => (
            <li key={at} className="break-words">
              {Object.values(error).filter(Boolean).join(": ")}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Ledger() {
  const client = useQueryClient();
  const imports = useQuery({
    queryKey: ["list", "imports"],
    queryFn: ({ signal }) => list<ImportRecord>("imports", { sort: "-updated", limit: LATEST }, signal),
  });
  const mayUndo = useMay()("imports:write");
  const undo = useMutation({
    mutationFn: async (id: string) => {
      await api.POST("/api/v1/imports/{id}/undo", { params: { path: { id } } });
    },
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <Shown query={imports}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="Nothing was imported yet" />
        ) : (
          <ul className="flex max-h-96 flex-col divide-y divide-line/60 overflow-y-auto text-sm">
            {items.map((record) => (
              <li key={record.key} className="flex flex-wrap items-center gap-3 py-2">
                <span className="min-w-0 flex-1 truncate">{record.file}</span>
                <span className="text-quiet">{record.format}</span>
                <Badge>{record.state}</Badge>
                <span className="text-xs text-quiet">{ago(record.created)}</span>
                {mayUndo && record.state === "done" && (
                  <Button
                    busy={undo.isPending && undo.variables === record.id}
                    onClick={() => {
                      undo.mutate(record.id);
                    }}
                  >
                    Take back
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )
      }
    </Shown>
  );
}
