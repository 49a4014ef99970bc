import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";
import { type Schemas, api } from "@/api/client";
import { list } from "@/api/kinds";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { SelectField, TextField } from "@/components/Field";
import { Empty, Shown } from "@/components/States";
import { ago } from "@/lib/format";

type SeedRecord = Schemas["SeedRecord"];
type Depth = Schemas["Depth"];
const MOST = 1_000;
const DEPTHS: readonly (readonly [Depth, string])[] = [
  ["passive", "Passive: nothing is sent to the target"],
  ["light", "Light: look-ups only"],
  ["normal", "Normal: ports and pages"],
  ["deep", "Deep: everything that is allowed"],
];

/** Where discovery starts, and by whose word. */
export function Seeds() {
  const [excluding, setExcluding] = useState<SeedRecord | null>(null);
  const seeds = useQuery({
    queryKey: ["list", "seeds"],
    queryFn: ({ signal }) => list<SeedRecord>("seeds", { limit: MOST, everything: true }, signal),
  });
  return (
    <>
      <AddSeed />
      <Shown query={seeds}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No seeds yet">Add a domain, an address or a netblock that is yours.</Empty>
          ) : (
            <ul className="mt-4 flex flex-col divide-y divide-line/60">
              {items.map((seed) => (
                <li key={seed.key} className="flex flex-wrap items-center gap-3 py-2">
                  <span className="min-w-0 flex-1 font-mono text-sm break-all">{seed.value}</span>
                  <span className="text-sm text-quiet">{seed.depth}</span>
                  <Badge>{seed.status}</Badge>
                  <span className="text-xs text-quiet">{ago(seed.created)}</span>
                  {seed.status !== "excluded" && (
                    <Button
                      look="danger"
                      onClick={() => {
                        setExcluding(seed);
                      }}
                    >
                      Exclude…
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      {excluding !== null && (
        <ExcludeSeed
          seed={excluding}
          onClose={() => {
            setExcluding(null);
          }}
        />
      )}
    </>
  );
}

function AddSeed() {
  const client = useQueryClient();
  const [value, setValue] = useState("");
  const [depth, setDepth] = useState<Depth>("normal");
  const add = useMutation({
    mutationFn: async () => {
      const seed = { value: value.trim(), depth, deny: [], note: "" };
      await api.POST("/api/v1/seeds", { body: { seeds: [seed] } as never });
    },
    onSuccess: () => {
      setValue("");
      void client.invalidateQueries();
    },
  });

  function onSubmit(event: SyntheticEvent) {
    event.preventDefault();
    add.mutate();
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-wrap items-start gap-3">
      <div className="min-w-56 flex-1">
        <TextField
          label="New seed"
          placeholder="example.com or 192.0.2.0/28"
          required
          value={value}
          onChange={(event) => {
            setValue(event.target.value);
          }}
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
      </div>
      <div className="w-72">
        <SelectField
          label="How far"
          options={DEPTHS}
          value={depth}
          onChange={(event) => {
            setDepth(event.target.value as Depth);
          }}
        />
      </div>
      <Button
        look="primary"
        type="submit"
        className="mt-6"
        busy={add.isPending}
        disabled={value.trim() === ""}
      >
        Add
      </Button>
    </form>
  );
}

function ExcludeSeed({ seed, onClose }: { seed: SeedRecord; onClose: () => void }) {
  const client = useQueryClient();
  const [why, setWhy] = useState("");
  const exclude = useMutation({
    mutationFn: async () => {
      await api.DELETE("/api/v1/seeds/{value}", { params: { path: { value: seed.value }, query: { why } } });
    },
    onSuccess: () => {
      void client.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog
      open
      title={`Exclude ${seed.value}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="danger"
            busy={exclude.isPending}
            onClick={() => {
              exclude.mutate();
            }}
          >
            Exclude
          </Button>
        </>
      }
    >
      <p className="mb-3 text-sm text-quiet">
        Nothing that descends from this seed alone is scanned any more. Its history stays.
      </p>
      <TextField
        label="Why"
        value={why}
        maxLength={500}
        hint={exclude.error === null ? "" : exclude.error.message}
        onChange={(event) => {
          setWhy(event.target.value);
        }}
      />
    </Dialog>
  );
}
