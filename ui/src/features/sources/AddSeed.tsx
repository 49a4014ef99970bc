import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";
import { Button } from "@/components/Button";
import { SelectField, TextField } from "@/components/Field";
import { ScopePreview } from "@/features/sources/ScopePreview";
import { DEPTHS, type Depth, type SeedItem, saveSeed } from "@/features/sources/seed";
import { useText, wordsIn } from "@/lib/useText";

/** A new seed: what it brings in is told while it is typed. */
export function AddSeed() {
  const client = useQueryClient();
  const value = useText();
  const denied = useText();
  const [depth, setDepth] = useState<Depth>("normal");
  const deny = wordsIn(denied.value);
  const seed: SeedItem = { value: value.value.trim(), depth, ...(deny.length === 0 ? {} : { deny }) };
  const add = useMutation({
    mutationFn: () => saveSeed(seed),
    onSuccess: () => {
      value.set("");
      denied.set("");
      void client.invalidateQueries();
    },
  });

  function onSubmit(event: SyntheticEvent) {
    event.preventDefault();
    add.mutate();
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-3">
      <div className="grid items-start gap-3 sm:grid-cols-2">
        <TextField
          label="New seed"
          placeholder="example.com or 192.0.2.0/28"
          required
          autoCapitalize="none"
          spellCheck={false}
          {...value.box}
          hint={
            add.error === null ? (
              "Only what is yours."
            ) : (
              <span role="alert" className="text-critical">
                {add.error.message}
              </span>
            )
          }
        />
        <TextField
          label="Except"
          placeholder="legacy.example.com"
          autoCapitalize="none"
          spellCheck={false}
          hint="Stays untouched, with all below it."
          {...denied.box}
        />
        <SelectField
          label="How far"
          options={DEPTHS}
          value={depth}
          onChange={(event) => {
            setDepth(event.target.value as Depth);
          }}
        />
        <Button
          look="primary"
          type="submit"
          className="sm:mt-6 sm:justify-self-start"
          busy={add.isPending}
          disabled={seed.value === ""}
        >
          Add
        </Button>
      </div>
      <ScopePreview change={{ put: [seed], drop: [] }} isAsked={seed.value !== ""} />
    </form>
  );
}
