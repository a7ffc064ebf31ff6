// Gaps of a machine as one of its series has them.
import type { Schemas } from "../api/client";
import type { Gap } from "../charts/types";

/** The gaps of one series in order of time; those that overlap for the same reason are one. */
export function gapsOf(seriesId: number, gaps: Schemas["GapView"][]): Gap[] {
  const own = gaps
    .filter((gap) => gap.series_ids.includes(seriesId))
    .map((gap) => ({
      from: new Date(gap.started_at).getTime(),
      to: new Date(gap.ended_at).getTime(),
      reason: gap.reason,
    }))
    .sort((one, other) => one.from - other.from);
  const joined: Gap[] = [];
  for (const gap of own) {
    const last = joined.at(-1);
    if (last && last.reason === gap.reason && gap.from <= last.to) {
      last.to = Math.max(last.to, gap.to);
    } else joined.push(gap);
  }
  return joined;
}

/** Why readings are missing at a moment; null when they are not. */
export function reasonAt(at: number, gaps: Gap[]): string | null {
  return gaps.find((gap) => gap.from <= at && at <= gap.to)?.reason ?? null;
}
