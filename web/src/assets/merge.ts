// Readings that were read, and those that came since over the live line.
import type { Line } from "../charts/types";

/** One live reading: source time in ms, value, OPC UA status (0 is good). */
export type LiveReading = [number, number | null, number];

const KEPT_MAX = 5_000;

/** Adds live readings to the end of what was read; what is not newer than the end is there already. */
export function withLive(line: Line, live: LiveReading[]): Line {
  const last = line.ts.at(-1) ?? Number.NEGATIVE_INFINITY;
  const fresh = live.filter(([at]) => at > last);
  if (fresh.length === 0) return line;
  return {
    ts: [...line.ts, ...fresh.map(([at]) => at)],
    values: [...line.values, ...fresh.map(([, value, quality]) => (quality === 0 ? value : null))],
  };
}

/** Keeps the newest live readings of a series, in order of time. */
export function kept(before: LiveReading[], reading: LiveReading): LiveReading[] {
  const last = before.at(-1);
  if (last && reading[0] <= last[0]) return before;
  return [...before.slice(-KEPT_MAX + 1), reading];
}

/** Breaks the line where readings are missing: where a pause is much longer than is usual. */
export function withGaps(line: Line, factor = 8, leastMs = 60_000): Line {
  if (line.ts.length < 3) return line;
  const steps: number[] = [];
  for (let index = 1; index < line.ts.length; index += 1) {
    steps.push((line.ts[index] ?? 0) - (line.ts[index - 1] ?? 0));
  }
  const usual = [...steps].sort((one, other) => one - other)[Math.floor(steps.length / 2)] ?? 0;
  const limit = Math.max(usual * factor, leastMs);
  const ts: number[] = [];
  const values: (number | null)[] = [];
  line.ts.forEach((at, index) => {
    const before = line.ts[index - 1];
    if (before !== undefined && at - before > limit) {
      ts.push(before + (at - before) / 2);
      values.push(null);
    }
    ts.push(at);
    values.push(line.values[index] ?? null);
  });
  return { ts, values };
}
