import { EntityLink } from "@/components/EntityLink";
import { Empty, Shown } from "@/components/States";
import { type Difference, useDiff } from "@/features/changes/useDiff";
import { count, kindWord } from "@/lib/format";

const READ = 200;
const SHOWN = 8;
const GROUPS = [
  ["appeared", "New"],
  ["left", "Gone"],
  ["changed", "Changed"],
] as const;

/** What came to the surface since a moment, what left it, and what is not as it was. */
export function NewAndGone({ since }: { since: string }) {
  const diff = useDiff({ since, kind: "risks,assets", limit: READ });
  return (
    <Shown query={diff} rows={SHOWN}>
      {(items) =>
        items.length === 0 ? (
          <Empty title="Nothing changed in this time" />
        ) : (
          <div className="grid grid-cols-1 gap-6 lg:grid-cols-3">
            {GROUPS.map(([happened, words]) => (
              <Group
                key={happened}
                words={words}
                items={items.filter((item) => item.happened === happened)}
                isPartial={diff.hasNextPage}
              />
            ))}
          </div>
        )
      }
    </Shown>
  );
}

interface GroupProps {
  words: string;
  items: readonly Difference[];
  /** True when not everything was read: there may be more. */
  isPartial: boolean;
}

function Group({ words, items, isPartial }: GroupProps) {
  // Risks before what they are at: they are why somebody looks.
  const shown = [...items].sort((one, other) => rank(one) - rank(other)).slice(0, SHOWN);
  return (
    <section aria-label={words} className="min-w-0">
      <h3 className="mb-1 text-sm font-semibold">
        {words}{" "}
        <span className="font-normal text-quiet tabular-nums">
          {count(items.length)}
          {isPartial && items.length > 0 ? " or more" : ""}
        </span>
      </h3>
      {shown.length === 0 ? (
        <p className="text-sm text-quiet">
          {isPartial ? `nothing among the first ${count(READ)}` : "nothing"}
        </p>
      ) : (
        <ul className="flex flex-col divide-y divide-line/60 text-sm">
          {shown.map(({ key, kind }) => (
            <li key={key} className="flex items-center gap-2 py-1">
              <span className="min-w-0 flex-1 truncate [&>a]:block [&>a]:truncate">
                <EntityLink entityKey={key} />
              </span>
              <span className="text-xs whitespace-nowrap text-quiet">{kindWord(kind)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function rank({ kind }: Difference): number {
  return kind === "risk" ? 0 : 1;
}
