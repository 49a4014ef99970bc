import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";
import { inOrganisation } from "@/api/organisation";
import { useMay } from "@/app/session";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { KeyValues } from "@/components/Evidence";
import { TextField } from "@/components/Field";
import { Panel } from "@/components/Panel";
import { Refusal } from "@/components/Refusal";
import { Shown } from "@/components/States";
import type { Incident } from "@/features/administration/Incidents";
import { ago, count, moment } from "@/lib/format";
import { useText } from "@/lib/useText";

type Dossier = Schemas["IncidentDossier"];
type State = Schemas["MoveBody"]["state"];

const MOVES: readonly (readonly [State, string])[] = [
  ["contained", "Contained"],
  ["resolved", "Resolved"],
  ["dismissed", "Dismiss"],
  ["open", "Open again"],
];
const REGIMES = ["gdpr", "nis2", "dora", "nydfs", "sec", "hipaa"];

/** One incident: what happened, who has to be told by when, and what becomes of it. */
export function IncidentDetail({ incident }: { incident: Incident }) {
  const may = useMay();
  const { id } = incident;
  const dossier = useQuery({
    queryKey: ["dossier", id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/incidents/{id}/dossier", { params: { path: { id } }, signal })).data,
  });
  const mayWrite = may("incidents:write");
  return (
    <Panel
      title={incident.title}
      aside={
        <a
          href={inOrganisation(`/api/v1/incidents/${encodeURIComponent(id)}/report`)}
          download={`${id}.md`}
          className="shrink-0 text-sm font-medium underline"
        >
          Report
        </a>
      }
    >
      <div className="flex flex-col gap-4 text-sm">
        <KeyValues values={{ about: incident.subject, rule: incident.rule, ...incident.evidence }} />
        {mayWrite && <Moves incident={incident} />}
        {incident.reason !== "" && <p className="wrap-anywhere">Why: {incident.reason}</p>}
        <Shown query={dossier}>
          {(found) => (
            <>
              <Deadlines incident={incident} dossier={found} mayWrite={mayWrite} />
              <Timeline dossier={found} />
            </>
          )}
        </Shown>
      </div>
    </Panel>
  );
}

function Moves({ incident }: { incident: Incident }) {
  const client = useQueryClient();
  const why = useText();
  const move = useMutation({
    mutationFn: (state: State) =>
      api.POST("/api/v1/incidents/{id}/state", {
        params: { path: { id: incident.id } },
        body: { state, why: why.value.trim() },
      }),
    onSuccess: () => {
      why.set("");
      return client.invalidateQueries();
    },
  });
  return (
    <section aria-label="What becomes of it">
      <TextField label="Why" hint="To close an incident takes a reason." {...why.box} />
      <div className="mt-2 flex flex-wrap gap-2">
        {MOVES.filter(([state]) => state !== incident.state).map(([state, words]) => (
          <Button
            key={state}
            busy={move.isPending && move.variables === state}
            disabled={(state === "resolved" || state === "dismissed") && why.value.trim() === ""}
            onClick={() => {
              move.mutate(state);
            }}
          >
            {words}
          </Button>
        ))}
      </div>
      <Refusal error={move.error} />
    </section>
  );
}

function Deadlines({
  incident,
  dossier,
  mayWrite,
}: {
  incident: Incident;
  dossier: Dossier;
  mayWrite: boolean;
}) {
  const client = useQueryClient();
  const params = { path: { id: incident.id } };
  const again = () => client.invalidateQueries();
  const tell = useMutation({
    mutationFn: (duty: string) =>
      api.POST("/api/v1/incidents/{id}/duties/{duty}", { params: { path: { ...params.path, duty } } }),
    onSuccess: again,
  });
  const regimes = useMutation({
    mutationFn: (chosen: string[]) =>
      api.PUT("/api/v1/incidents/{id}/regimes", {
        params,
        body: { regimes: chosen, aware_at: incident.aware_at ?? "" },
      }),
    onSuccess: again,
  });
  return (
    <section aria-label="Who has to be told">
      <h3 className="mb-1 font-semibold">Who has to be told</h3>
      {mayWrite && (
        <div role="group" aria-label="Rules that apply" className="mb-2 flex flex-wrap gap-1">
          {REGIMES.map((regime) => {
            const applies = incident.regimes.includes(regime);
            return (
              <Button
                key={regime}
                aria-pressed={applies}
                className="text-xs uppercase aria-pressed:border-accent aria-pressed:bg-raised"
                busy={regimes.isPending}
                onClick={() => {
                  regimes.mutate(
                    applies
                      ? incident.regimes.filter((one) => one !== regime)
                      : [...incident.regimes, regime],
                  );
                }}
              >
                {regime}
              </Button>
            );
          })}
        </div>
      )}
      {dossier.deadlines.length === 0 && (
        <p className="text-quiet">Nobody, until somebody says which rules apply.</p>
      )}
      <ul className="flex flex-col divide-y divide-line/60">
        {dossier.deadlines.map((deadline) => (
          <li key={deadline.duty} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5">
            <span className="min-w-0 flex-1 basis-40">
              <span className="block">{deadline.whom}</span>
              <span className="block text-xs text-quiet">{deadline.source}</span>
            </span>
            <DeadlineState deadline={deadline} />
            {mayWrite && deadline.done_at === "" && (
              <Button
                busy={tell.isPending && tell.variables === deadline.duty}
                aria-label={`Told: ${deadline.whom}`}
                onClick={() => {
                  tell.mutate(deadline.duty);
                }}
              >
                Told
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Refusal error={tell.error ?? regimes.error} />
    </section>
  );
}

function DeadlineState({ deadline }: { deadline: Dossier["deadlines"][number] }) {
  if (deadline.done_at !== "") return <Badge tone="good">{`told ${ago(deadline.done_at)}`}</Badge>;
  return (
    <Badge tone={deadline.overdue ? "critical" : "medium"}>
      {deadline.overdue ? `overdue: ${moment(deadline.due_at)}` : `until ${moment(deadline.due_at)}`}
    </Badge>
  );
}

function Timeline({ dossier }: { dossier: Dossier }) {
  return (
    <section aria-label="What happened">
      <h3 className="mb-1 font-semibold">What happened</h3>
      <ol className="flex flex-col gap-1" aria-label="Timeline">
        {dossier.timeline.map((one, place) => (
          <li key={place} className="flex gap-3">
            <time dateTime={one.at} className="w-36 shrink-0 text-xs text-quiet">
              {moment(one.at)}
            </time>
            <span className="min-w-0 flex-1 wrap-anywhere">{one.what}</span>
          </li>
        ))}
      </ol>
      {dossier.missing > 0 && (
        <p className="mt-1 text-xs text-quiet">
          {count(dossier.missing)} entries of the log are not kept any more.
        </p>
      )}
    </section>
  );
}
