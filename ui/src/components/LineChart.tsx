/** Lines over time. The same numbers stand in a table for those who cannot see the picture. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "@/app/theme";
import { count, moment } from "@/lib/format";

export interface Line {
  label: string;
  counts: readonly number[];
  /** Name of a colour of the theme, such as "critical". */
  tone: string;
}

const HEIGHT_PX = 240;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function LineChart({
  label,
  moments,
  lines,
}: {
  label: string;
  moments: readonly string[];
  lines: readonly Line[];
}) {
  const box = useRef<HTMLDivElement>(null);
  const [theme] = useTheme();

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const axis = {
      stroke: colour("quiet"),
      grid: { stroke: colour("line"), width: 1 },
      ticks: { show: false },
    };
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT_PX,
        legend: { show: false },
        cursor: { y: false },
        scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.05)] } },
        axes: [
          axis,
          {
            ...axis,
            size: 44,
            values: (_plot, ticks) => ticks.map((tick) => (tick % 1 === 0 ? count(tick) : "")),
          },
        ],
        series: [
          {},
          ...lines.map(({ label: name, tone }) => ({
            label: name,
            stroke: colour(tone),
            width: 2,
            points: { show: moments.length < 40 },
          })),
        ],
      },
      [moments.map((at) => Date.parse(at) / 1000), ...lines.map(({ counts }) => [...counts])],
      element,
    );
    const resized = new ResizeObserver(() => {
      chart.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      chart.destroy();
    };
  }, [moments, lines, theme]);

  return (
    <figure className="relative">
      <div ref={box} aria-hidden="true" className="w-full" />
      <figcaption className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs">
        {lines.map(({ label: name, tone, counts }) => (
          <span key={name} className="flex items-center gap-1.5">
            <svg aria-hidden="true" width="14" height="3">
              <rect width="14" height="3" style={{ fill: `var(--${tone})` }} />
            </svg>
            {name} <strong className="tabular-nums">{count(counts[counts.length - 1] ?? 0)}</strong>
          </span>
        ))}
      </figcaption>
      {/* A table keeps its height however small it is told to be; what holds it does not. */}
      <div className="sr-only">
        <table>
          <caption>{label}</caption>
          <thead>
            <tr>
              <th>When</th>
              {lines.map(({ label: name }) => (
                <th key={name}>{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {moments.map((at, row) => (
              <tr key={at}>
                <th scope="row">{moment(at)}</th>
                {lines.map(({ label: name, counts }) => (
                  <td key={name}>{counts[row]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}
