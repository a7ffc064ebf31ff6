// What was, and whether a backtest would have told of it.
import type { Schemas } from "../../api/client";

type Comparison = Schemas["BacktestComparison"];
type Match = Pick<Schemas["RaisedView"], "numbers" | "warming">;

export type Outcome = "told" | "missed" | "warming";

interface Common {
  id: string;
  at: string;
  outcome: Outcome;
  /** Seconds by which it would have been told earlier. */
  aheadS: number | null;
}

export type Happened =
  | (Common & {
      kind: "alarm";
      summary: Schemas["Sentence"];
      verdict: Schemas["RaisedView"]["verdict"];
    })
  | (Common & { kind: "order"; number: string; failureMode: string });

export const outcomeOf = ({ numbers, warming }: Match): Outcome =>
  numbers.length > 0 ? "told" : warming ? "warming" : "missed";

/** Alarms and orders together, the oldest first. */
export function happenedOf({ raised, opened }: Comparison): Happened[] {
  const alarms = raised.map(
    (each): Happened => ({
      kind: "alarm",
      id: each.id,
      at: each.since,
      outcome: outcomeOf(each),
      aheadS: each.ahead_s,
      summary: each.summary,
      verdict: each.verdict,
    }),
  );
  const orders = opened.map(
    (each): Happened => ({
      kind: "order",
      id: each.id,
      at: each.at,
      outcome: outcomeOf(each),
      aheadS: each.ahead_s,
      number: each.number,
      failureMode: each.failure_mode,
    }),
  );
  return [...alarms, ...orders].sort((one, other) => one.at.localeCompare(other.at));
}

interface Part {
  told: number;
  all: number;
}

/** How many were told of how many; what came while the detector still learnt is in neither. */
export function figuresOf({
  raised,
  opened,
}: Comparison): Record<"raised" | "confirmed" | "unwanted" | "opened", Part> {
  const part = (of: Match[]): Part => {
    const judged = of.filter((each) => outcomeOf(each) !== "warming");
    return {
      told: judged.filter((each) => outcomeOf(each) === "told").length,
      all: judged.length,
    };
  };
  return {
    raised: part(raised),
    confirmed: part(raised.filter(({ verdict }) => verdict === "true")),
    unwanted: part(raised.filter(({ verdict }) => verdict === "false" || verdict === "nuisance")),
    opened: part(opened),
  };
}
