// The alarm states of ISA-18.2 as people see them, and what can be done in each.
import type { Schemas } from "../api/client";

type Alarm = Schemas["AlarmView"];
export type IsaState = Alarm["isa_state"];
export type Verdict = NonNullable<Alarm["verdict"]>;

/** What still wants somebody. */
export const STANDING: IsaState[] = ["unacknowledged", "acknowledged", "returned_unacknowledged"];
/** What nobody is told of for a while. */
export const HIDDEN: IsaState[] = ["shelved", "suppressed_by_design", "out_of_service"];
export const ISA_STATES: IsaState[] = [...STANDING, ...HIDDEN, "normal"];

export const VERDICTS: Verdict[] = ["true", "false", "nuisance"];

/** The sides of the console; which states each shows. */
export const SIDES = {
  standing: STANDING,
  hidden: HIDDEN,
  all: ISA_STATES,
} as const;
export type Side = keyof typeof SIDES;

export function isSide(value: string | undefined): value is Side {
  return value !== undefined && Object.hasOwn(SIDES, value);
}

export function isIsaState(value: string | undefined): value is IsaState {
  return ISA_STATES.includes(value as IsaState);
}

/** What is asked of the API: the chosen state if this side shows it, else all that it shows. */
export function statesOf(side: Side, chosen: string | undefined): IsaState[] | undefined {
  const shown = SIDES[side];
  if (isIsaState(chosen) && shown.includes(chosen)) return [chosen];
  return side === "all" ? undefined : [...shown];
}

export const owesNote = (alarm: Pick<Alarm, "state">): boolean =>
  alarm.state.endsWith("_unacknowledged");

export const isShelved = (alarm: Pick<Alarm, "isa_state">): boolean =>
  alarm.isa_state === "shelved";
