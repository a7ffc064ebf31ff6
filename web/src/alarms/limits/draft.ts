// Limits of a series while somebody sets them, and what the last day says of them.
import type { Schemas } from "../../api/client";

export type Limit = Schemas["LimitView"];
export type Kind = Limit["kind"];

export const KINDS: Kind[] = ["hh", "h", "l", "ll", "rise", "fall"];
export const isRate = (kind: Kind): boolean => kind === "rise" || kind === "fall";
const ABOVE = new Set<Kind>(["hh", "h"]);

export type Draft = Partial<Record<Kind, Limit>>;

export const draftOf = (limits: Limit[]): Draft =>
  Object.fromEntries(limits.map((limit) => [limit.kind, limit]));

/** What is sent: the limits that have a setpoint, the highest first. */
export const limitsOf = (draft: Draft): Limit[] =>
  KINDS.flatMap((kind) => (draft[kind] ? [draft[kind]] : []));

const SEVERITY: Record<Kind, Limit["severity"]> = {
  hh: "critical",
  h: "high",
  l: "high",
  ll: "critical",
  rise: "medium",
  fall: "medium",
};

/** Sets or takes away one limit; a new one comes with the severity that is usual for its kind. */
export function withSetpoint(draft: Draft, kind: Kind, setpoint: number | null): Draft {
  if (setpoint === null) {
    const { [kind]: _, ...rest } = draft;
    return rest;
  }
  const fresh: Limit = {
    kind,
    setpoint,
    deadband: 0,
    on_delay_s: 0,
    off_delay_s: 0,
    severity: SEVERITY[kind],
    over_s: 60,
  };
  return { ...draft, [kind]: { ...(draft[kind] ?? fresh), setpoint } };
}

/** How many values lie beyond a level, and where they lie; rates are not looked at. */
export function against(values: (number | null)[], draft: Draft) {
  const seen = values.filter((value): value is number => value !== null);
  const levels = limitsOf(draft).filter(({ kind }) => !isRate(kind));
  const beyond = seen.filter((value) =>
    levels.some(({ kind, setpoint }) => (ABOVE.has(kind) ? value > setpoint : value < setpoint)),
  ).length;
  return {
    count: seen.length,
    beyond,
    low: seen.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY),
    high: seen.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY),
  };
}
