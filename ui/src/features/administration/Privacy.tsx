import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Schemas, api, body } from "@/api/client";
import { useMay } from "@/app/session";
import { Button } from "@/components/Button";
import { EntityLink } from "@/components/EntityLink";
import { AreaField } from "@/components/AreaField";
import { Dialog } from "@/components/Dialog";
import { TextField } from "@/components/Field";
import { Panel } from "@/components/Panel";
import { Refusal } from "@/components/Refusal";
import { count, moment } from "@/lib/format";
import { saveText } from "@/lib/save";
import { linesIn, useText } from "@/lib/useText";

type Export = Schemas["SubjectExport"];
const SHOWN = 50;

/** What is kept about a person, and how it is let go of. */
export function Privacy() {
  const may = useMay();
  const names = useText();
  const [isErasing, setIsErasing] = useState(false);
  const all = linesIn(names.value);
  const look = useMutation({
    mutationFn: async () =>
      body(await api.POST("/api/v1/privacy/exports", { body: { names: all, everywhere: false } })).data,
  });
  return (
    <>
      <Panel title="A person in the data">
        <form
          className="flex flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            look.mutate();
          }}
        >
          <AreaField
            label="All names of one person, one on a line"
            placeholder={"Ann Smith\nann\nann@example.com"}
            hint="As people know them, sign-in name, e-mail address. Each is looked for as a whole, whatever its case."
            {...names.box}
          />
          <div className="flex flex-wrap gap-2">
            {may("privacy:export") && (
              <Button type="submit" look="primary" busy={look.isPending} disabled={all.length === 0}>
                What is kept?
              </Button>
            )}
            {may("privacy:erase") && (
              <Button
                look="danger"
                disabled={all.length === 0}
                onClick={() => {
                  setIsErasing(true);
                }}
              >
                Erase…
              </Button>
            )}
          </div>
          <Refusal error={look.error} />
        </form>
      </Panel>
      {look.data !== undefined && <Found found={look.data} />}
      {isErasing && (
        <Erasing
          names={all}
          onClose={() => {
            setIsErasing(false);
            look.reset();
          }}
        />
      )}
    </>
  );
}

function Found({ found }: { found: Export }) {
  const { statements, actions, seen_as_origin: origins, audit_entries: entries } = found;
  return (
    <Panel
      title={`Kept about ${found.names.join(", ")}`}
      aside={
        <Button
          onClick={() => {
            saveText("person.json", JSON.stringify(found, null, 2));
          }}
        >
          Save all as JSON
        </Button>
      }
    >
      <p role="status" className="mb-3 text-sm">
        {count(statements.length)} statements, {count(actions.length)} actions, {count(origins.length)}{" "}
        sources with such a name, {count(entries)} entries of the audit log.
      </p>
      <ul className="flex max-h-112 flex-col divide-y divide-line/60 overflow-y-auto text-sm">
        {statements.slice(0, SHOWN).map(({ key, places, said_at: at, said_by: by }, place) => (
          <li key={`${key} ${place}`} className="flex flex-wrap items-center gap-x-3 py-1.5">
            <span className="min-w-40 flex-1">
              <EntityLink entityKey={key} />
            </span>
            <span className="font-mono text-xs">{places.join(", ")}</span>
            <span className="text-xs text-quiet">
              {moment(at)} by {by}
            </span>
          </li>
        ))}
        {actions.slice(0, SHOWN).map(({ key, at, did, why }, place) => (
          <li key={`${at} ${place}`} className="flex flex-wrap items-center gap-x-3 py-1.5">
            <span className="min-w-40 flex-1">
              {did} <EntityLink entityKey={key} />
            </span>
            {why !== "" && <span className="text-quiet">“{why}”</span>}
            <span className="text-xs text-quiet">{moment(at)}</span>
          </li>
        ))}
      </ul>
      {Math.max(statements.length, actions.length) > SHOWN && (
        <p className="mt-2 text-xs text-quiet">The file has all of it; here are the first {SHOWN} of each.</p>
      )}
    </Panel>
  );
}

function Erasing({ names, onClose }: { names: string[]; onClose: () => void }) {
  const client = useQueryClient();
  const why = useText();
  const again = useText();
  const [first = ""] = names;
  const erase = useMutation({
    mutationFn: async () =>
      body(
        await api.POST("/api/v1/privacy/erasures", {
          body: { names, why: why.value.trim(), everywhere: false },
        }),
      ).data,
    onSuccess: () => client.invalidateQueries(),
  });
  return (
    <Dialog
      open
      title={`Erase ${first}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{erase.data === undefined ? "Cancel" : "Close"}</Button>
          {erase.data === undefined && (
            <Button
              look="danger"
              busy={erase.isPending}
              disabled={why.value.trim() === "" || again.value.trim() !== first}
              onClick={() => {
                erase.mutate();
              }}
            >
              Erase for good
            </Button>
          )}
        </>
      }
    >
      {erase.data === undefined ? (
        <div className="flex flex-col gap-3 text-sm">
          <p>
            A pseudonym takes the place of {names.join(", ")} in the present and in all history. It cannot be
            undone. The audit log is left as it is, so that it still holds.
          </p>
          <TextField
            label="Why"
            hint="Kept for good; it may not name the person."
            maxLength={1_000}
            {...why.box}
          />
          <TextField label={`Type ${first} to confirm`} autoComplete="off" {...again.box} />
          <Refusal error={erase.error} />
        </div>
      ) : (
        <p role="status" className="text-sm">
          Now called <code className="font-mono">{erase.data.pseudonym}</code>: {count(erase.data.rows)} rows
          and {count(erase.data.origins)} sources were written anew; {count(erase.data.audit_entries)} entries
          of the audit log still have the name.
        </p>
      )}
    </Dialog>
  );
}
