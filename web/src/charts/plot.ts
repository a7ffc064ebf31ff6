// A uPlot chart of one series: a thin line, gaps as gaps, the expected band, marked spans.
import uPlot from "uplot";
import { timeTicks, valueRange, valueTicks } from "./axes";
import { extent, piecesIn } from "./band";
import { drawBehind, palette } from "./draw";
import { onTouch } from "./touch";
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

function data(line: Line): uPlot.AlignedData {
  return [line.ts.map((ms) => ms / 1000), line.values];
}

/** One drawn chart; `update` shows other data, `destroy` takes it away. */
export class Plot {
  private readonly chart: uPlot;
  private readonly letGo: () => void;
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
          y: { range: (_u, low, high) => valueRange(low, high, this.reach()) },
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
    this.letGo = onTouch(this.chart.over, {
      choosing: (part) => this.choosing(part),
      chosen: hooks.onZoom,
      span: () => this.input.span,
    });
  }

  private reach() {
    return extent(piecesIn(this.input.band, this.input.span));
  }

  update(input: PlotInput): void {
    this.input = input;
    this.chart.setData(data(input.line));
  }

  resize(width: number, height: number): void {
    if (width > 0) this.chart.setSize({ width, height });
  }

  destroy(): void {
    this.letGo();
    this.chart.destroy();
  }

  // Few readings are shown as points, or single ones between gaps would not be seen.
  private sparse(u: uPlot, series: number): boolean {
    return (u.data[series]?.length ?? 0) < u.bbox.width / devicePixelRatio / 14;
  }

  private choosing(part: [number, number] | null): void {
    const { clientWidth: width, clientHeight: height } = this.chart.over;
    const [left, right] = part ?? [0, 0];
    this.chart.setSelect(
      { left: left * width, width: (right - left) * width, top: 0, height: part ? height : 0 },
      false,
    );
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
