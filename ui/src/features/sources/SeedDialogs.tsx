import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { api } from "@/api/client";
import { AreaField } from "@/components/AreaField";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { SelectField, TextField } from "@/components/Field";
import { ScopePreview } from "@/features/sources/ScopePreview";
import { DEPTHS, type Depth, type SeedItem, type SeedRecord, saveSeed } from "@/features/sources/seed";
import { useText, wordsIn } from "@/lib/useText";

interface SeedDialogProps {
  seed: SeedRecord;
  onClose: () => void;
}

/** Change how far a seed reaches: what comes in and falls out is told before it is saved. */
export function EditSeed({ seed, onClose }: SeedDialogProps) {
  const [depth, setDepth] = useState<Depth>(seed.depth);
  const denied = useText(seed.deny.join("\n"));
  const note = useText(seed.note);
  const why = useText();
  const scope = { value: seed.value, depth, deny: wordsIn(denied.value) };
  const item: SeedItem = { ...scope, note: note.value };
  return (
    <Asked
      title={seed.status === "excluded" ? `Take in ${seed.value} again` : `Scope of ${seed.value}`}
      verb="Save"
      act={() => saveSeed(item, why.value)}
      onClose={onClose}
    >
      <SelectField
        label="How far"
        options={DEPTHS}
        value={depth}
        onChange={(event) => {
          setDepth(event.target.value as Depth);
        }}
      />
      <AreaField
        label="Except"
        placeholder={"legacy.example.com\n192.0.2.8/30"}
        hint="Names, addresses and netblocks that stay untouched, one a line."
        spellCheck={false}
        {...denied.box}
      />
      <TextField label="Why it is ours" maxLength={2_000} {...note.box} />
      <TextField label="Why this changes" maxLength={2_000} {...why.box} />
      <ScopePreview change={{ put: [scope], drop: [] }} isAsked />
    </Asked>
  );
}

export function ExcludeSeed({ seed, onClose }: SeedDialogProps) {
  const why = useText();
  return (
    <Asked
      title={`Exclude ${seed.value}`}
      verb="Exclude"
      isDanger
      act={async () => {
        await api.DELETE("/api/v1/seeds/{value}", {
          params: { path: { value: seed.value }, query: { why: why.value } },
        });
      }}
      onClose={onClose}
    >
      <p className="text-sm text-quiet">
        Nothing that descends from this seed alone is scanned any more. Its history stays.
      </p>
      <ScopePreview change={{ put: [], drop: [seed.value] }} isAsked />
      <TextField label="Why" maxLength={500} {...why.box} />
    </Asked>
  );
}

interface AskedProps {
  title: string;
  verb: string;
  isDanger?: boolean;
  act: () => Promise<void>;
  onClose: () => void;
  children: ReactNode;
}

function Asked({ title, verb, isDanger = false, act, onClose, children }: AskedProps) {
  const client = useQueryClient();
  const done = useMutation({
    mutationFn: act,
    onSuccess: () => {
      void client.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog
      open
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look={isDanger ? "danger" : "primary"}
            busy={done.isPending}
            onClick={() => {
              done.mutate();
            }}
          >
            {verb}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {children}
        {done.error !== null && (
          <p role="alert" className="text-sm text-critical">
            {done.error.message}
          </p>
        )}
      </div>
    </Dialog>
  );
}
