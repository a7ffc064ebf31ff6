// A uPlot chart of one series: a thin line, gaps as gaps, the expected band, marked spans.
import uPlot from "uplot";
import { timeTicks, valueRange, valueTicks } from "./axes";
import type { Band, Gap, Line, Mark, Span } from "./types";

export interface PlotInput {
  line: Line;
  span: Span;
  band: Band | null;
  marks: Mark[];
  gaps: Gap[];
}

export interface PlotHooks {
  onZoom: (span: Span) => void;
  onCursor: (at: number | null, value: number | null) => void;
}

interface Palette {
  line: string;
  grid: string;
  text: string;
  band: string;
  gap: string;
  marks: Record<string, string>;
}

function palette(element: HTMLElement): Palette {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    line: read("--fw-line-1"),
    grid: read("--fw-line"),
    text: read("--fw-muted"),
    band: read("--fw-neutral-soft"),
    gap: read("--fw-line-strong"),
    marks: {
      critical: read("--fw-mark-critical"),
      high: read("--fw-mark-high"),
      medium: read("--fw-mark-medium"),
      low: read("--fw-mark-low"),
    },
  };
}

function fillSpan(u: uPlot, from: number, to: number, colour: string, alpha: number): void {
  const left = Math.max(u.valToPos(from / 1000, "x", true), u.bbox.left);
  const right = Math.min(u.valToPos(to / 1000, "x", true), u.bbox.left + u.bbox.width);
  if (right < u.bbox.left || left > u.bbox.left + u.bbox.width) return;
  u.ctx.globalAlpha = alpha;
  u.ctx.fillStyle = colour;
  u.ctx.fillRect(left, u.bbox.top, Math.max(right - left, 2), u.bbox.height);
  u.ctx.globalAlpha = 0.9;
  u.ctx.fillRect(left, u.bbox.top, Math.max(1.5, devicePixelRatio), u.bbox.height);
  u.ctx.globalAlpha = 1;
}

const HATCH = 7;

/** Hatches a span: grey, since a gap is not abnormal in itself, and unlike any band or alarm. */
function hatch(u: uPlot, gap: Gap, colour: string): void {
  const { ctx, bbox } = u;
  const end = bbox.left + bbox.width;
  const left = Math.max(u.valToPos(gap.from / 1000, "x", true), bbox.left);
  const right = Math.min(Math.max(u.valToPos(gap.to / 1000, "x", true), left + 3), end);
  if (right <= bbox.left || left >= end) return;
  const step = HATCH * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, right - left, bbox.height);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let x = left - bbox.height; x < right; x += step) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

function drawBehind(u: uPlot, input: PlotInput, colours: Palette): void {
  u.ctx.save();
  if (input.band) {
    const top = Math.max(u.valToPos(input.band.high, "y", true), u.bbox.top);
    const bottom = Math.min(u.valToPos(input.band.low, "y", true), u.bbox.top + u.bbox.height);
    u.ctx.fillStyle = colours.band;
    if (bottom > top) u.ctx.fillRect(u.bbox.left, top, u.bbox.width, bottom - top);
  }
  for (const gap of input.gaps) hatch(u, gap, colours.gap);
  for (const mark of input.marks) {
    const colour = colours.marks[mark.level] ?? colours.marks.low ?? colours.text;
    fillSpan(u, mark.from, mark.to ?? input.span.to, colour, mark.faint ? 0.05 : 0.16);
  }
  u.ctx.restore();
}

function data(line: Line): uPlot.AlignedData {
  return [line.ts.map((ms) => ms / 1000), line.values];
}

/** One drawn chart; `update` shows other data, `destroy` takes it away. */
export class Plot {
  private readonly chart: uPlot;
  private input: PlotInput;

  constructor(
    place: HTMLElement,
    input: PlotInput,
    hooks: PlotHooks,
    height: number,
    syncKey: string,
  ) {
    this.input = input;
    const colours = palette(place);
    const axis = {
      stroke: colours.text,
      grid: { stroke: colours.grid, width: 1 },
      ticks: { show: false },
    };
    this.chart = new uPlot(
      {
        width: place.clientWidth || 300,
        height,
        padding: [8, 20, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          sync: { key: syncKey },
          drag: { x: true, y: false, setScale: false },
          points: { size: 6 },
        },
        scales: {
          x: { time: true, range: () => [this.input.span.from / 1000, this.input.span.to / 1000] },
          y: { range: (_u, low, high) => valueRange(low, high, this.input.band) },
        },
        axes: [
          {
            ...axis,
            size: 38,
            font: "11px system-ui",
            space: 76,
            values: (_u, splits) => timeTicks(splits),
          },
          {
            ...axis,
            size: 58,
            font: "11px system-ui",
            space: 34,
            values: (_u, splits) => valueTicks(splits),
          },
        ],
        series: [
          {},
          {
            stroke: colours.line,
            width: 1.25,
            spanGaps: false,
            points: { show: (u, si) => this.sparse(u, si), size: 4 },
          },
        ],
        hooks: {
          drawClear: [(u) => drawBehind(u, this.input, colours)],
          setSelect: [(u) => this.zoom(u, hooks)],
          setCursor: [(u) => this.told(u, hooks)],
        },
      },
      data(input.line),
      place,
    );
  }

  update(input: PlotInput): void {
    this.input = input;
    this.chart.setData(data(input.line));
  }

  resize(width: number, height: number): void {
    if (width > 0) this.chart.setSize({ width, height });
  }

  destroy(): void {
    this.chart.destroy();
  }

  // Few readings are shown as points, or single ones between gaps would not be seen.
  private sparse(u: uPlot, series: number): boolean {
    return (u.data[series]?.length ?? 0) < u.bbox.width / devicePixelRatio / 14;
  }

  private zoom(u: uPlot, hooks: PlotHooks): void {
    if (u.select.width > 6) {
      const from = u.posToVal(u.select.left, "x") * 1000;
      const to = u.posToVal(u.select.left + u.select.width, "x") * 1000;
      hooks.onZoom({ from: Math.round(from), to: Math.round(to) });
    }
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  private told(u: uPlot, hooks: PlotHooks): void {
    const index = u.cursor.idx;
    if (index === null || index === undefined || (u.cursor.left ?? -1) < 0) {
      hooks.onCursor(null, null);
      return;
    }
    // Where readings are missing, the cursor is where the pointer is and not at the nearest reading.
    const pointed = u.posToVal(u.cursor.left ?? 0, "x") * 1000;
    if (this.input.gaps.some((gap) => gap.from <= pointed && pointed <= gap.to)) {
      hooks.onCursor(pointed, null);
      return;
    }
    const at = u.data[0]?.[index];
    hooks.onCursor(
      at === undefined || at === null ? null : at * 1000,
      (u.data[1]?.[index] as number | null) ?? null,
    );
  }
}
