import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Button } from "@/components/Button";
import { Moment } from "@/components/Moment";
import { PageHead } from "@/components/PageHead";
import { Panel } from "@/components/Panel";
import { Shown } from "@/components/States";
import { ChangeList } from "@/features/changes/ChangeList";
import { useDiff } from "@/features/changes/useDiff";
import { moment } from "@/lib/format";
import { type Changed, changed } from "@/lib/search";

const route = getRouteApi("/changes");
const STEP = 200;
/** A name of no kind. */
const ALL = "all";
const KINDS = [
  ["risks,assets", "Assets and risks"],
  ["assets", "Assets"],
  ["risks", "Risks"],
  ["seeds", "Seeds"],
  [ALL, "Everything, jobs too"],
] as const;
const SPANS = ["1h", "24h", "7d", "30d"];

/** An instant as people read it, or a time ago. */
function told(when: string): string {
  return Number.isNaN(Date.parse(when)) ? `${when} ago` : moment(when);
}

/** The difference of two moments. */
export function Changes() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { since = "24h", until, kind = KINDS[0][0] } = search;
  const diff = useDiff({ since, until, kind: kind === ALL ? undefined : kind, limit: STEP });

  function change(values: Changed<typeof search>) {
    void navigate({ to: "/changes", search: changed(search, values), replace: true });
  }

  return (
    <div className="flex flex-col gap-4 p-4 md:p-6">
      <PageHead title="Changes">
        <select
          aria-label="Of what"
          className="min-h-8 rounded-md border border-line bg-panel px-2 text-sm"
          value={kind}
          onChange={(event) => {
            change({ kind: event.target.value });
          }}
        >
          {KINDS.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
        <div role="group" aria-label="Since" className="flex gap-1">
          {SPANS.map((span) => (
            <Button
              key={span}
              aria-pressed={since === span}
              className="aria-pressed:border-accent"
              onClick={() => {
                change({ since: span, until: "" });
              }}
            >
              {span}
            </Button>
          ))}
        </div>
        <Moment
          label="From"
          value={since}
          onChange={(instant) => {
            change({ since: instant });
          }}
        />
        <Moment
          label="to"
          value={until ?? ""}
          onChange={(instant) => {
            change({ until: instant });
          }}
        />
      </PageHead>
      <Panel title={`Between ${told(since)} and ${until === undefined ? "now" : told(until)}`}>
        <Shown query={diff} rows={10}>
          {(items) => (
            <>
              <ChangeList items={items} />
              {diff.hasNextPage && (
                <Button
                  className="mt-3"
                  busy={diff.isFetchingNextPage}
                  onClick={() => void diff.fetchNextPage()}
                >
                  Show more
                </Button>
              )}
            </>
          )}
        </Shown>
      </Panel>
    </div>
  );
}
