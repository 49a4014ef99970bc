import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api } from "@/api/client";
import { Allowed } from "@/components/Allowed";
import { Badge, type Tone } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { EntityLink } from "@/components/EntityLink";
import { SelectField, TextField } from "@/components/Field";
import { Empty, Failure, Loading } from "@/components/States";
import { ago, count, keyName } from "@/lib/format";
import { useRecords } from "@/lib/useRecords";

type Candidate = Schemas["CandidateRecord"];
type Decision = Schemas["DecisionBody"]["standing"];

const STANDINGS: readonly (readonly [Decision, string])[] = [
  ["candidate", "Waiting for a decision"],
  ["approved", "Approved: ours"],
  ["monitor-only", "Watched, never touched"],
  ["dependency", "Somebody's that we depend on"],
  ["excluded", "Excluded: not ours"],
];
const TONES: Partial<Record<Decision, Tone>> = { approved: "good", candidate: "medium", excluded: "quiet" };
const ACTIONS: readonly (readonly [Decision, string, boolean])[] = [
  ["approved", "Approve", false],
  ["monitor-only", "Only watch", false],
  ["dependency", "Depended on…", true],
  ["excluded", "Exclude…", true],
  ["candidate", "Ask again", false],
];

interface Asked {
  candidate: Candidate;
  standing: Decision;
}

/** What may be ours but stands outside of every seed: why we think so, and whose it is by a person's word. */
export function Candidates() {
  const [standing, setStanding] = useState<Decision>("candidate");
  const [asked, setAsked] = useState<Asked | null>(null);
  const found = useRecords<Candidate>("candidates", { filter: `standing=${standing}`, sort: "-confidence" });
  const decide = useDecision();
  if (found.error !== null && found.rows.length === 0)
    return <Failure error={found.error} retry={() => void found.refetch()} />;
  return (
    <>
      <div className="mb-2 max-w-72">
        <SelectField
          label="Show"
          options={STANDINGS}
          value={standing}
          onChange={(event) => {
            setStanding(event.target.value as Decision);
          }}
        />
      </div>
      {decide.error !== null && (
        <p role="alert" className="text-sm wrap-anywhere text-critical">
          {decide.error.message}
        </p>
      )}
      {found.rows.length === 0 ? (
        found.isFetching ? (
          <Loading />
        ) : (
          <Empty title={standing === "candidate" ? "Nothing waits for a decision" : "None"}>
            Scans and passive sources bring what may be ours. Nothing is sent to it before you approve it.
          </Empty>
        )
      ) : (
        <ul className="flex max-h-128 flex-col divide-y divide-line/60 overflow-y-auto">
          {found.rows.map((candidate) => (
            <CandidateLine
              key={candidate.key}
              candidate={candidate}
              busy={decide.isPending}
              onDecide={(to, needsReason) => {
                if (needsReason) setAsked({ candidate, standing: to });
                else decide.mutate({ candidate, standing: to, reason: "" });
              }}
            />
          ))}
          {found.hasNextPage && (
            <li className="py-2 text-center">
              <Button busy={found.isFetching} onClick={() => void found.fetchNextPage()}>
                More
              </Button>
            </li>
          )}
        </ul>
      )}
      {asked !== null && (
        <ReasonDialog
          {...asked}
          onClose={() => {
            setAsked(null);
          }}
        />
      )}
    </>
  );
}

function useDecision(onDone?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ candidate, standing, reason }: Asked & { reason: string }) => {
      await api.POST("/api/v1/candidates/{key}/decision", {
        params: { path: { key: candidate.key } },
        body: { standing, reason },
      });
    },
    onSuccess: () => {
      void client.invalidateQueries();
      onDone?.();
    },
  });
}

interface LineProps {
  candidate: Candidate;
  busy: boolean;
  onDecide: (standing: Decision, needsReason: boolean) => void;
}

function CandidateLine({ candidate, busy, onDecide }: LineProps) {
  const name = keyName(candidate.about);
  return (
    <li className="flex flex-col gap-1.5 py-2.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <span className="min-w-40 flex-1">
          <EntityLink entityKey={candidate.key} name={name} />
        </span>
        <span className="text-sm whitespace-nowrap text-quiet">{candidate.confidence} % sure</span>
        <Badge tone={TONES[candidate.standing] ?? "low"}>{candidate.standing}</Badge>
        <span className="text-xs text-quiet">seen {ago(candidate.visited)}</span>
      </div>
      {candidate.reason !== "" && <p className="text-sm wrap-anywhere">{candidate.reason}</p>}
      <details className="text-sm">
        <summary className="min-h-6 cursor-pointer text-quiet">
          Why do we think it is ours? ({count(candidate.clues.length)})
        </summary>
        <Clues clues={candidate.clues} />
      </details>
      <Allowed to="seeds:write">
        <div role="group" aria-label={`Decide about ${name}`} className="flex flex-wrap gap-1.5">
          {ACTIONS.filter(([standing]) => standing !== candidate.standing).map(
            ([standing, words, needsReason]) => (
              <Button
                key={standing}
                look={standing === "excluded" ? "danger" : "plain"}
                busy={busy}
                onClick={() => {
                  onDecide(standing, needsReason);
                }}
              >
                {words}
              </Button>
            ),
          )}
        </div>
      </Allowed>
    </li>
  );
}

function Clues({ clues }: { clues: Candidate["clues"] }) {
  if (clues.length === 0) return <p className="text-quiet">No clue was kept.</p>;
  return (
    <div className="mt-1 overflow-x-auto">
      <table className="w-full text-left text-sm">
        <thead className="text-xs text-quiet">
          <tr>
            <th className="pr-3 font-medium">What</th>
            <th className="pr-3 font-medium">Says</th>
            <th className="pr-3 font-medium">Matches ours</th>
            <th className="pr-3 font-medium">Seen at</th>
            <th className="text-right font-medium">Weight</th>
          </tr>
        </thead>
        <tbody>
          {clues.map((clue) => (
            <tr
              key={`${clue.kind} ${clue.datum} ${clue.term} ${clue.via}`}
              className="border-t border-line/60"
            >
              <td className="py-1 pr-3">{clue.kind}</td>
              <td className="py-1 pr-3 wrap-anywhere">{clue.datum}</td>
              <td className="py-1 pr-3 wrap-anywhere">{clue.term}</td>
              <td className="py-1 pr-3 wrap-anywhere">
                {clue.via.startsWith("#") ? <EntityLink entityKey={clue.via} /> : clue.via}
              </td>
              <td className="py-1 text-right tabular-nums">{clue.weight}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ReasonDialog({ candidate, standing, onClose }: Asked & { onClose: () => void }) {
  const [reason, setReason] = useState("");
  const decide = useDecision(onClose);
  const words = standing === "excluded" ? "Exclude" : "Depended on:";
  return (
    <Dialog
      open
      title={`${words} ${keyName(candidate.about)}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look={standing === "excluded" ? "danger" : "primary"}
            disabled={reason.trim() === ""}
            busy={decide.isPending}
            onClick={() => {
              decide.mutate({ candidate, standing, reason: reason.trim() });
            }}
          >
            {standing === "excluded" ? "Exclude for good" : "Remember it"}
          </Button>
        </>
      }
    >
      <TextField
        label={standing === "excluded" ? "Why is it not ours?" : "Whose is it?"}
        value={reason}
        maxLength={2000}
        hint={decide.error === null ? "It stays in the history with your name." : decide.error.message}
        onChange={(event) => {
          setReason(event.target.value);
        }}
      />
    </Dialog>
  );
}
