// The stretches of time a chart is looked at in.
import type { Span } from "../charts/types";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const SPANS = {
  "15m": HOUR / 4,
  "1h": HOUR,
  "6h": 6 * HOUR,
  "24h": DAY,
  "7d": 7 * DAY,
  "30d": 30 * DAY,
  "90d": 90 * DAY,
  "1y": 365 * DAY,
} as const;
export type SpanName = keyof typeof SPANS;

export function isSpanName(value: string | undefined): value is SpanName {
  return value !== undefined && value in SPANS;
}

/** Live spans end a little after now, moved on in steps so that a chart is not read anew each second. */
export function liveSpan(name: SpanName, now: number): Span {
  const step = Math.min(Math.max(SPANS[name] / 120, 15_000), 6 * HOUR);
  const to = Math.ceil(now / step) * step;
  return { from: to - SPANS[name], to };
}
