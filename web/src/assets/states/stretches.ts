// From changes of state to the stretches between them, the newest first.
import type { Schemas } from "../../api/client";

export type Change = Schemas["StateView"];

export interface Stretch {
  seriesId: number;
  from: number;
  /** Null while it lasts. */
  to: number | null;
  value: number | null;
  label: string | null;
}

/** A state holds until the next change of its series; what held before the span begins with it. */
export function stretchesOf(changes: Change[], begin: number): Stretch[] {
  const open = new Map<number, Stretch>();
  const found: Stretch[] = [];
  for (const change of changes) {
    const at = Math.max(Date.parse(change.ts), begin);
    const before = open.get(change.series_id);
    if (before) before.to = at;
    const next = {
      seriesId: change.series_id,
      from: at,
      to: null,
      value: change.value,
      label: change.label,
    };
    open.set(change.series_id, next);
    found.push(next);
  }
  return found.toReversed().sort((one, other) => other.from - one.from);
}
