import { useQuery } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { Shown } from "@/components/States";
import { count, kindWord } from "@/lib/format";

type SightItem = Schemas["Sight"];

/** "assets tagged env=prod, in 2 netblocks or names, risks up to medium" */
export function partWords(part: SightItem["parts"][number]): string {
  const words = [
    part.kinds.length === 0 ? "everything" : part.kinds.map(kindWord).join(", "),
    ...(part.tags.length === 0 ? [] : [`tagged ${part.tags.join(" or ")}`]),
    ...(part.places === 0 ? [] : [`in ${part.places} netblocks or names`]),
    ...(part.highest_severity === null ? [] : [`risks up to ${part.highest_severity}`]),
  ];
  return words.join(", ");
}

/** What somebody may do, and how much of the surface they see. */
export function Sight({ id, onClose }: { id: string; onClose: () => void }) {
  const sight = useQuery({
    queryKey: ["sight", id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/members/{id}/sight", { params: { path: { id } }, signal })).data,
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={`What can ${id} see?`}
      actions={<Button onClick={onClose}>Close</Button>}
    >
      <Shown query={sight}>{(found) => <Seen sight={found} />}</Shown>
    </Dialog>
  );
}

function Seen({ sight }: { sight: SightItem }) {
  const seen = Object.entries(sight.counts)
    .filter(([, many]) => many > 0)
    .toSorted(([a], [b]) => a.localeCompare(b));
  if (sight.permissions.length === 0) {
    return <p className="text-sm">Nothing: no role of this organisation, or of one above it, is theirs.</p>;
  }
  return (
    <div className="flex flex-col gap-3 text-sm">
      <section>
        <h3 className="mb-1 font-semibold">May</h3>
        <p className="font-mono text-xs wrap-anywhere">{sight.permissions.join(" ")}</p>
      </section>
      <section>
        <h3 className="mb-1 font-semibold">Sees</h3>
        {sight.everything ? (
          <p>All of the organisation.</p>
        ) : sight.parts.length === 0 ? (
          <p>None of the surface.</p>
        ) : (
          <ul className="list-inside list-disc">
            {sight.parts.map((part, place) => (
              <li key={place}>{partWords(part)}</li>
            ))}
          </ul>
        )}
      </section>
      {seen.length > 0 && (
        <section>
          <h3 className="mb-1 font-semibold">How much</h3>
          <dl className="grid grid-cols-[1fr_auto] gap-x-6 gap-y-0.5 sm:grid-cols-[1fr_auto_1fr_auto]">
            {seen.map(([kind, many]) => (
              <div key={kind} className="contents">
                <dt className="text-quiet">{kindWord(kind)}</dt>
                <dd className="text-right tabular-nums">{count(many)}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </div>
  );
}
