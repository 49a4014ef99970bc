import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, body } from "@/api/client";
import { Button } from "@/components/Button";
import { EntityLink } from "@/components/EntityLink";
import { TextField } from "@/components/Field";
import { Panel } from "@/components/Panel";
import { Shown } from "@/components/States";
import { FIRST_TIME, PATIENT } from "@/features/graph/words";
import { count, keyName, kindWord, plural } from "@/lib/format";

const SHOWN = 200;

/** What would leave the surface if something were excluded. Nothing is changed here. */
export function Prune() {
  const [keys, setKeys] = useState("");
  const keystones = useQuery({
    ...PATIENT,
    queryKey: ["graph", "keystones"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/graph/keystones", { signal })).data,
  });
  const preview = useMutation({
    mutationFn: async (asked: string[]) =>
      body(await api.POST("/api/v1/graph/prune-preview", { body: { keys: asked, limit: SHOWN } as never }))
        .data,
  });
  return (
    <div className="grid gap-4 xl:grid-cols-3">
      <Panel title="If this were excluded…" className="xl:col-span-2">
        <form
          className="flex items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            preview.mutate(keys.split(/\s+/).filter(Boolean));
          }}
        >
          <div className="flex-1">
            <TextField
              label="Keys, with a space between"
              placeholder="#seed#example.com"
              value={keys}
              onChange={(event) => {
                setKeys(event.target.value);
              }}
            />
          </div>
          <Button type="submit" busy={preview.isPending} disabled={keys.trim() === ""}>
            Preview
          </Button>
        </form>
        <div role="status">
          {preview.error !== null && <p className="text-sm text-critical">{preview.error.message}</p>}
          {preview.data !== undefined && (
            <>
              <p className="mb-2 font-medium">
                {Object.entries(preview.data.leaves)
                  .map(
                    ([kind, number]) =>
                      `${count(number)} ${number === 1 ? kindWord(kind) : plural(kindWord(kind))}`,
                  )
                  .join(", ") || "Nothing"}{" "}
                would leave the surface.
              </p>
              <ul className="grid max-h-112 gap-1 overflow-y-auto text-sm md:grid-cols-2">
                {preview.data.items.map((key) => (
                  <li key={key}>
                    <EntityLink entityKey={key} name={key} />
                  </li>
                ))}
              </ul>
              {preview.data.left_out > 0 && (
                <p className="mt-2 text-xs text-quiet">and {count(preview.data.left_out)} more</p>
              )}
            </>
          )}
        </div>
      </Panel>
      <Panel title="Most hangs on these">
        <Shown query={keystones} waiting={FIRST_TIME}>
          {(found) => (
            <ul className="flex flex-col gap-1.5 text-sm">
              {found.map(({ key, carries }) => (
                <li key={key} className="flex items-center justify-between gap-2">
                  <EntityLink entityKey={key} />
                  <Button
                    look="quiet"
                    aria-label={`${count(carries)}: preview without ${keyName(key)}`}
                    onClick={() => {
                      setKeys(key);
                      preview.mutate([key]);
                    }}
                  >
                    {count(carries)}
                  </Button>
                </li>
              ))}
            </ul>
          )}
        </Shown>
      </Panel>
    </div>
  );
}
