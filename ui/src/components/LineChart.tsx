/** Lines over time. The same numbers stand in a table for those who cannot see the picture. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "@/app/theme";
import { Button } from "@/components/Button";
import { count, day, moment, timeOfDay } from "@/lib/format";
import { savePicture } from "@/lib/save";

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

const DAY_S = 86_400;
const LEGEND_PX = 28;

/** A tick of the lower axis: a day where ticks are days apart, else a time, with the day at midnight. */
function tickOf(at: number, step: number): string {
  const instant = new Date(at * 1_000);
  return step >= DAY_S || (instant.getHours() === 0 && instant.getMinutes() === 0)
    ? day(instant)
    : timeOfDay(instant);
}

/** The chart on its ground with what its lines stand for below: by itself it could not be read. */
function framed(chart: HTMLCanvasElement, lines: readonly Line[]): HTMLCanvasElement {
  const scale = window.devicePixelRatio;
  const picture = document.createElement("canvas");
  picture.width = chart.width;
  picture.height = chart.height + LEGEND_PX * scale;
  const context = picture.getContext("2d");
  if (context === null) return chart;
  context.fillStyle = colour("panel");
  context.fillRect(0, 0, picture.width, picture.height);
  context.drawImage(chart, 0, 0);
  context.font = `${12 * scale}px sans-serif`;
  const base = chart.height + (LEGEND_PX / 2) * scale;
  let left = 12 * scale;
  for (const { label, tone, counts } of lines) {
    const words = `${label} ${count(counts[counts.length - 1] ?? 0)}`;
    context.fillStyle = colour(tone);
    context.fillRect(left, base - 4 * scale, 14 * scale, 3 * scale);
    context.fillStyle = colour("ink");
    context.fillText(words, left + 20 * scale, base);
    left += 36 * scale + context.measureText(words).width;
  }
  return picture;
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
  const drawing = useRef<uPlot | null>(null);
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
          { ...axis, values: (_plot, ticks, _axis, _space, step) => ticks.map((tick) => tickOf(tick, step)) },
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
    drawing.current = chart;
    const resized = new ResizeObserver(() => {
      chart.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    resized.observe(element);
    return () => {
      drawing.current = null;
      resized.disconnect();
      chart.destroy();
    };
  }, [moments, lines, theme]);

  function save() {
    const chart = drawing.current?.ctx.canvas;
    if (chart !== undefined) savePicture(`chariot-${label.replaceAll(" ", "-")}.png`, framed(chart, lines));
  }

  return (
    <figure className="relative">
      <div ref={box} aria-hidden="true" className="w-full" />
      <figcaption className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs">
        {lines.map(({ label: name, tone, counts }) => (
          <span key={name} className="flex items-center gap-1.5">
            <svg aria-hidden="true" width="14" height="3">
              <rect width="14" height="3" style={{ fill: `var(--${tone})` }} />
            </svg>
            {name} <strong className="tabular-nums">{count(counts[counts.length - 1] ?? 0)}</strong>
          </span>
        ))}
        <Button look="quiet" className="ml-auto text-xs" onClick={save}>
          Save the picture
        </Button>
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
