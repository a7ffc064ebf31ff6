// What became of a group, summed up over the answers that came portion by portion.
import type { Schemas } from "../../api/client";

export interface Outcome {
  entries: number;
  resolved: number;
  stored: number;
  /** Readings that stay, by reason. */
  remaining: Record<string, number>;
  /** Messages that cannot be taken, by what is against it. */
  failed: Record<string, number>;
}

export const NOTHING: Outcome = { entries: 0, resolved: 0, stored: 0, remaining: {}, failed: {} };

function added(to: Record<string, number>, more: Record<string, number>): Record<string, number> {
  const sums = { ...to };
  for (const [name, many] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + many;
  return sums;
}

export function withPortion(sum: Outcome, portion: Schemas["QuarantineGroupResult"]): Outcome {
  return {
    entries: sum.entries + portion.entries,
    resolved: sum.resolved + portion.resolved,
    stored: sum.stored + portion.stored,
    remaining: added(sum.remaining, portion.remaining),
    failed: added(sum.failed, portion.messages_failed),
  };
}
