import { expect, test } from "vitest";
import type { Schemas } from "../../api/client";
import { figuresOf, happenedOf } from "./comparing";

const raised = (
  id: string,
  since: string,
  numbers: number[],
  verdict: Schemas["RaisedView"]["verdict"] = null,
  warming = false,
) => ({ id, since, numbers, verdict, warming, ahead_s: null }) as unknown as Schemas["RaisedView"];

const comparison: Schemas["BacktestComparison"] = {
  raised: [
    raised("a", "2026-01-01T00:00:00Z", [], null, true),
    raised("b", "2026-01-03T00:00:00Z", [1], "true"),
    raised("c", "2026-01-05T00:00:00Z", [], "nuisance"),
  ],
  opened: [
    {
      id: "o",
      number: "WO-1",
      at: "2026-01-04T00:00:00Z",
      numbers: [1],
      warming: false,
      ahead_s: 60,
      asset_id: "x",
      kind: "corrective",
      failure_mode: "bearing_wear",
      title: "Loud",
    },
  ],
  extra: [],
  cut: false,
};

test("what came while the detector learnt counts neither for nor against it", () => {
  expect(figuresOf(comparison)).toEqual({
    raised: { told: 1, all: 2 },
    confirmed: { told: 1, all: 1 },
    unwanted: { told: 0, all: 1 },
    opened: { told: 1, all: 1 },
  });
});

test("alarms and orders stand in the order in which they came", () => {
  const rows = happenedOf(comparison);
  expect(rows.map(({ id }) => id)).toEqual(["a", "b", "o", "c"]);
  expect(rows.map(({ outcome }) => outcome)).toEqual(["warming", "told", "told", "missed"]);
});
