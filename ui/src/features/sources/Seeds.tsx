import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { list } from "@/api/kinds";
import { Allowed } from "@/components/Allowed";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Empty, Shown } from "@/components/States";
import { AddSeed } from "@/features/sources/AddSeed";
import { EditSeed, ExcludeSeed } from "@/features/sources/SeedDialogs";
import type { SeedRecord } from "@/features/sources/seed";
import { ago, count } from "@/lib/format";

const MOST = 1_000;
type Open = readonly [what: "edit" | "exclude", seed: SeedRecord];

/** Where discovery starts, and by whose word. */
export function Seeds() {
  const [open, setOpen] = useState<Open | null>(null);
  const seeds = useQuery({
    queryKey: ["list", "seeds"],
    queryFn: ({ signal }) => list<SeedRecord>("seeds", { limit: MOST, everything: true }, signal),
  });

  function onClose() {
    setOpen(null);
  }

  return (
    <>
      <Allowed to="seeds:write">
        <AddSeed />
      </Allowed>
      <Shown query={seeds}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No seeds yet">Add a domain, an address or a netblock that is yours.</Empty>
          ) : (
            <ul className="mt-4 flex flex-col divide-y divide-line/60">
              {items.map((seed) => (
                <SeedLine key={seed.key} seed={seed} onOpen={setOpen} />
              ))}
            </ul>
          )
        }
      </Shown>
      {open?.[0] === "edit" && <EditSeed seed={open[1]} onClose={onClose} />}
      {open?.[0] === "exclude" && <ExcludeSeed seed={open[1]} onClose={onClose} />}
    </>
  );
}

function SeedLine({ seed, onOpen }: { seed: SeedRecord; onOpen: (open: Open) => void }) {
  const isExcluded = seed.status === "excluded";
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
      <span className="min-w-40 flex-1">
        <span className="block font-mono text-sm break-all">{seed.value}</span>
        {seed.note !== "" && <span className="block text-xs wrap-anywhere text-quiet">{seed.note}</span>}
      </span>
      <span className="text-sm text-quiet">
        {seed.depth}
        {seed.deny.length > 0 && (
          <span title={seed.deny.slice(0, 20).join("\n")}>
            , {count(seed.deny.length)} {seed.deny.length === 1 ? "exception" : "exceptions"}
          </span>
        )}
      </span>
      <Badge>{seed.status}</Badge>
      <span className="text-xs text-quiet">{ago(seed.created)}</span>
      <Allowed to="seeds:write">
        <span className="flex gap-2">
          <Button
            onClick={() => {
              onOpen(["edit", seed]);
            }}
          >
            {isExcluded ? "Take in again…" : "Edit…"}
          </Button>
          {!isExcluded && (
            <Button
              look="danger"
              onClick={() => {
                onOpen(["exclude", seed]);
              }}
            >
              Exclude…
            </Button>
          )}
        </span>
      </Allowed>
    </li>
  );
}
