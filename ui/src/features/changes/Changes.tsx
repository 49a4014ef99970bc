import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "@/components/Button";
import { PageHead } from "@/components/PageHead";
import { Panel } from "@/components/Panel";
import { Shown } from "@/components/States";
import { ChangeList } from "@/features/changes/ChangeList";
import { useDiff } from "@/features/changes/useDiff";
import { type Changed, changed } from "@/lib/search";

const route = getRouteApi("/changes");
const STEP = 200;
const MOST = 1_000;
const SPANS = ["1h", "24h", "7d", "30d"];

/** The difference of two moments. */
export function Changes() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const [limit, setLimit] = useState(STEP);
  const { since = "24h", until } = search;
  const diff = useDiff({ since, until, limit });

  function change(values: Changed<typeof search>) {
    void navigate({ to: "/changes", search: changed(search, values), replace: true });
  }

  return (
    <div className="flex flex-col gap-4 p-4 md:p-6">
      <PageHead title="Changes">
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
      <Panel title={`Between ${since} and ${until ?? "now"}`}>
        <Shown query={diff} rows={10}>
          {({ items, hasMore }) => (
            <>
              <ChangeList items={items} />
              {hasMore && limit < MOST && (
                <Button
                  className="mt-3"
                  onClick={() => {
                    setLimit(Math.min(MOST, limit + STEP));
                  }}
                >
                  Show more
                </Button>
              )}
              {hasMore && limit >= MOST && (
                <p className="mt-3 text-sm text-quiet">
                  There are more than {MOST}: choose a shorter time, or use <code>chariot diff</code>.
                </p>
              )}
            </>
          )}
        </Shown>
      </Panel>
    </div>
  );
}

function Moment({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (instant: string) => void;
}) {
  const at = Date.parse(value);
  const zone = new Date().getTimezoneOffset() * 60_000;
  return (
    <label className="flex items-center gap-1.5 text-sm text-quiet">
      {label}
      <input
        type="datetime-local"
        className="min-h-8 rounded-md border border-line bg-panel px-2 text-ink"
        value={Number.isNaN(at) ? "" : new Date(at - zone).toISOString().slice(0, 16)}
        onChange={(event) => {
          const chosen = event.target.value;
          onChange(chosen === "" ? "" : new Date(chosen).toISOString());
        }}
      />
    </label>
  );
}
