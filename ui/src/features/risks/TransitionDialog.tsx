import { useState } from "react";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { TextField } from "@/components/Field";
import { useAssign, useTransition } from "@/features/risks/transition";

export type Verb = "open" | "accepted" | "rejected" | "remediated" | "assign";

const WORDS: Record<Verb, { title: string; button: string; reason: boolean }> = {
  open: { title: "Open: it shall be mended", button: "Open", reason: false },
  accepted: { title: "Accept for a time", button: "Accept", reason: true },
  rejected: { title: "Reject: it is not so", button: "Reject", reason: true },
  remediated: { title: "Remediated: it was mended", button: "Mark as remediated", reason: false },
  assign: { title: "Assign", button: "Assign", reason: false },
};

export interface TransitionDialogProps {
  verb: Verb;
  keys: readonly string[];
  onClose: () => void;
}

/** Asks for what a decision needs: a reason, an end, an owner, a due date. */
export function TransitionDialog({ verb, keys, onClose }: TransitionDialogProps) {
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState("");
  const [owner, setOwner] = useState("");
  const [due, setDue] = useState("");
  const move = useTransition(onClose);
  const assign = useAssign(onClose);
  const acting = verb === "assign" ? assign : move;
  const words = WORDS[verb];
  const complete = (!words.reason || reason.trim() !== "") && (verb !== "assign" || owner.trim() !== "");

  function send() {
    const dueAt = due === "" ? null : new Date(due).toISOString();
    if (verb === "assign") {
      assign.mutate({ keys, owner: owner.trim(), due: dueAt });
      return;
    }
    move.mutate({
      keys,
      transition: {
        state: verb,
        reason: reason.trim(),
        until: until === "" ? null : new Date(until).toISOString(),
        owner: owner.trim() === "" ? null : owner.trim(),
        due_at: dueAt,
      },
    });
  }

  const refused = acting.data ?? [];
  return (
    <Dialog
      open
      onClose={onClose}
      title={keys.length === 1 ? words.title : `${words.title} (${keys.length} risks)`}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={!complete} busy={acting.isPending} onClick={send}>
            {words.button}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {verb !== "assign" && (
          <TextField
            label={words.reason ? "Reason" : "Reason (if you like)"}
            value={reason}
            maxLength={2000}
            hint="It stays in the history with your name."
            onChange={(event) => {
              setReason(event.target.value);
            }}
          />
        )}
        {verb === "accepted" && (
          <TextField
            label="Until"
            type="date"
            value={until}
            hint="On this day it opens again by itself."
            onChange={(event) => {
              setUntil(event.target.value);
            }}
          />
        )}
        {(verb === "assign" || verb === "open") && (
          <>
            <TextField
              label="Owner"
              value={owner}
              maxLength={200}
              onChange={(event) => {
                setOwner(event.target.value);
              }}
            />
            <TextField
              label="Due"
              type="date"
              value={due}
              onChange={(event) => {
                setDue(event.target.value);
              }}
            />
          </>
        )}
        {refused.map(({ key, detail }) => (
          <p key={key} role="alert" className="text-sm break-words text-critical">
            {key}: {detail}
          </p>
        ))}
        {acting.error !== null && (
          <p role="alert" className="text-sm text-critical">
            {acting.error.message}
          </p>
        )}
      </div>
    </Dialog>
  );
}
