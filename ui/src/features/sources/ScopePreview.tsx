import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type Schemas, api, body } from "@/api/client";
import { Badge } from "@/components/Badge";
import { EntityLink } from "@/components/EntityLink";
import { count, kindWord, plural } from "@/lib/format";
import { useSettled } from "@/lib/useSettled";

type Change = Schemas["ScopeChangeBody"];
type Preview = Schemas["ScopePreview"];

function useScopePreview(change: Change, isAsked: boolean) {
  const text = useSettled(JSON.stringify(change));
  return useQuery({
    queryKey: ["scope-preview", text],
    queryFn: async ({ signal }) =>
      body(await api.POST("/api/v1/scope/preview", { body: JSON.parse(text) as Change, signal })).data,
    enabled: isAsked,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

/** "3 names, 12 ports", the most first. */
function told(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([, one], [, other]) => other - one)
    .map(([kind, number]) => `${count(number)} ${number === 1 ? kindWord(kind) : plurals(kind)}`)
    .join(", ");
}

function plurals(kind: string): string {
  const word = kindWord(kind);
  return word === kind ? plural(kind) : `${word}s`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, number) => total + number, 0);
}

/** What of the known things a change of seeds would bring in and take out; it follows while one types. */
export function ScopePreview({ change, isAsked }: { change: Change; isAsked: boolean }) {
  const preview = useScopePreview(change, isAsked);
  return (
    <section
      aria-label="What this would change"
      aria-live="polite"
      aria-busy={isAsked && preview.isFetching}
      className="text-sm"
    >
      {isAsked && preview.data !== undefined && preview.error === null && <Moves preview={preview.data} />}
      {isAsked && preview.error !== null && (
        <p className="text-quiet">Nothing to look at yet: {preview.error.message}</p>
      )}
    </section>
  );
}

function Moves({ preview }: { preview: Preview }) {
  const comesIn = sum(preview.comes_in);
  const fallsOut = sum(preview.falls_out);
  const isStill = comesIn + fallsOut + preview.deeper + preview.shallower === 0;
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line bg-raised/50 p-3">
      {isStill && (
        <p>
          Nothing that is known moves.{" "}
          <span className="text-quiet">Scans find what is there, and look at it within this scope.</span>
        </p>
      )}
      <Side word="comes in" tone="good" counts={preview.comes_in} moves={preview.incoming} />
      <Side word="falls out" tone="critical" counts={preview.falls_out} moves={preview.outgoing} />
      {preview.deeper > 0 && <p>{count(preview.deeper)} would be looked at deeper than now.</p>}
      {preview.shallower > 0 && <p>{count(preview.shallower)} would be looked at less deep than now.</p>}
      {!preview.is_complete && (
        <p className="text-medium">
          More is known than one look compares: these are the least, of the first {count(preview.looked_at)}.
        </p>
      )}
    </div>
  );
}

interface SideProps {
  word: string;
  tone: "good" | "critical";
  counts: Readonly<Record<string, number>>;
  moves: Preview["incoming"];
}

function Side({ word, tone, counts, moves }: SideProps) {
  const number = sum(counts);
  if (number === 0) return null;
  return (
    <details>
      <summary className="cursor-pointer leading-6">
        <Badge tone={tone}>{word}</Badge> {told(counts)}
      </summary>
      <ul className="mt-1 flex max-h-48 flex-col gap-1 overflow-y-auto pl-4">
        {moves.map(({ key, why }) => (
          <li key={key}>
            <EntityLink entityKey={key} /> <span className="text-xs wrap-anywhere text-quiet">{why}</span>
          </li>
        ))}
        {number > moves.length && (
          <li className="text-xs text-quiet">and {count(number - moves.length)} more</li>
        )}
      </ul>
    </details>
  );
}
