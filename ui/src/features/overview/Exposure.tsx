import { Suspense, lazy, useMemo, useState } from "react";
import { Button } from "@/components/Button";
import { Empty, Loading, Shown } from "@/components/States";
import { type Series, type View, useSeries } from "@/features/overview/useSeries";
import { kindWord, plural } from "@/lib/format";

// What draws, and its style, is fetched behind the first view: nothing of that waits for it.
const LineChart = lazy(async () => ({ default: (await import("@/components/LineChart")).LineChart }));

const ASSETS = ["domain", "address", "port", "webapplication"];
const ASSET_TONES = ["accent", "low", "medium", "good"];
const SEVERITIES = ["critical", "high", "medium", "low"];

/** How much was exposed, and how much was wrong, over the chosen time. */
export function Exposure({ since }: { since: string }) {
  const [view, setView] = useState<View>("assets");
  const series = useSeries(view, since);
  return (
    <>
      <div role="group" aria-label="Show" className="mb-2 flex gap-1">
        {(["assets", "risks"] as const).map((name) => (
          <Button
            key={name}
            look="quiet"
            aria-pressed={view === name}
            className="capitalize aria-pressed:bg-raised aria-pressed:text-ink"
            onClick={() => {
              setView(name);
            }}
          >
            {name}
          </Button>
        ))}
      </div>
      <Shown query={series} rows={6}>
        {(found) => <Plot series={found} view={view} />}
      </Shown>
    </>
  );
}

function Plot({ series, view }: { series: Series; view: View }) {
  const lines = useMemo(() => {
    const wanted = view === "assets" ? ASSETS : SEVERITIES;
    return wanted.flatMap((value, at) => {
      const line = series.lines.find((one) => one.value === value);
      if (line === undefined) return [];
      const label = view === "assets" ? plural(kindWord(value)) : value;
      return [{ label, counts: line.counts, tone: view === "assets" ? (ASSET_TONES[at] ?? "quiet") : value }];
    });
  }, [series, view]);
  if (lines.length === 0) return <Empty title="Nothing was there in this time" />;
  return (
    <Suspense fallback={<Loading rows={6} />}>
      <LineChart label={`${view} on the surface`} moments={series.moments} lines={lines} />
    </Suspense>
  );
}
