// Which span of time is looked at after zooming or moving. Times are milliseconds since the epoch.
import type { Span } from "./types";

const SECOND = 1_000;
export const WIDTH_MIN = 5 * SECOND;
export const WIDTH_MAX = 3 * 366 * 86_400 * SECOND;

const within = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/** Makes a span `factor` times as wide, so that the moment `around` stays where it is; never past `latest`. */
export function scaled(span: Span, factor: number, latest: number, around?: number): Span {
  const width = span.to - span.from;
  const wanted = Math.round(within(width * factor, WIDTH_MIN, WIDTH_MAX));
  const pivot = within(around ?? span.from + width / 2, span.from, span.to);
  const from = Math.round(pivot - ((pivot - span.from) / width) * wanted);
  return notPast({ from, to: from + wanted }, latest);
}

/** Moves a span by a share of its width, later if it is positive; never past `latest`. */
export function moved(span: Span, share: number, latest: number): Span {
  const by = Math.round((span.to - span.from) * share);
  return notPast({ from: span.from + by, to: span.to + by }, latest);
}

/** What two fingers that held `held` show once they are at these shares of the chart's width. */
export function pinched(span: Span, held: [number, number], at: [number, number]): Span {
  const width = span.to - span.from;
  const [first, second] = held.map((share) => span.from + share * width) as [number, number];
  const apart = Math.max(Math.abs(at[1] - at[0]), 0.02);
  const wanted = Math.round(within(Math.abs(second - first) / apart, WIDTH_MIN, WIDTH_MAX));
  const from = Math.round(Math.min(first, second) - Math.min(...at) * wanted);
  return { from, to: from + wanted };
}

function notPast(span: Span, latest: number): Span {
  const over = span.to - latest;
  return over > 0 ? { from: span.from - over, to: latest } : span;
}

/** Writes a span as an address holds it: ISO 8601, which people can read. */
export function writtenSpan(span: Span): { from: string; to: string } {
  return { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() };
}

/** Reads a span from an address; null when it holds none that can be shown. */
export function readSpan(from: string | undefined, to: string | undefined): Span | null {
  if (!from || !to) return null;
  const [start, end] = [Date.parse(from), Date.parse(to)];
  if (!Number.isFinite(start) || !Number.isFinite(end)) return null;
  return start >= 0 && end - start >= WIDTH_MIN && end - start <= WIDTH_MAX
    ? { from: start, to: end }
    : null;
}

/** The span that a key asks for; undefined when it is none of ours, null for the whole again. */
export function spanOfKey(key: string, span: Span, latest: number): Span | null | undefined {
  switch (key) {
    case "+":
    case "=":
      return scaled(span, 0.5, latest);
    case "-":
      return scaled(span, 2, latest);
    case "ArrowLeft":
      return moved(span, -0.25, latest);
    case "ArrowRight":
      return moved(span, 0.25, latest);
    case "0":
      return null;
    default:
      return undefined;
  }
}
