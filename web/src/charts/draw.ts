// What a chart draws behind its line, on the canvas.
import type uPlot from "uplot";
import { piecesIn } from "./band";
import type { PlotInput } from "./plot";
import type { Gap } from "./types";

export interface Palette {
  line: string;
  grid: string;
  text: string;
  band: string;
  gap: string;
  marks: Record<string, string>;
}

/** Reads the colours of the scheme from where the chart stands. */
export function palette(element: HTMLElement): Palette {
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
      maintenance: read("--fw-neutral"),
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

/** Fills the expected band step by step, as one shape, so that no seams are seen. */
function fillBand(u: uPlot, input: PlotInput, colour: string): void {
  const [first, last] = [u.bbox.top, u.bbox.top + u.bbox.height];
  u.ctx.fillStyle = colour;
  u.ctx.beginPath();
  for (const piece of piecesIn(input.band, input.span)) {
    const left = Math.floor(Math.max(u.valToPos(piece.from / 1000, "x", true), u.bbox.left));
    const right = Math.ceil(u.valToPos(piece.to / 1000, "x", true));
    const top = Math.max(u.valToPos(piece.high, "y", true), first);
    const bottom = Math.min(u.valToPos(piece.low, "y", true), last);
    const width = Math.min(right, u.bbox.left + u.bbox.width) - left;
    if (bottom > top && width > 0) u.ctx.rect(left, top, width, bottom - top);
  }
  u.ctx.fill();
}

/** Draws what stands behind the line: the expected band, gaps, marked spans. */
export function drawBehind(u: uPlot, input: PlotInput, colours: Palette): void {
  u.ctx.save();
  fillBand(u, input, colours.band);
  for (const gap of input.gaps) hatch(u, gap, colours.gap);
  for (const mark of input.marks) {
    const colour = colours.marks[mark.level] ?? colours.marks.low ?? colours.text;
    fillSpan(u, mark.from, mark.to ?? input.span.to, colour, mark.faint ? 0.05 : 0.16);
  }
  u.ctx.restore();
}
