import { expect, test } from "vitest";
import { type Backtest, bodyOf, emptyDraft, isComplete, sameAgain, secondsLeft } from "./draft";

const now = new Date(2026, 5, 15, 12, 0);

test("a year up to now is asked for, of the machine whose page it was", () => {
  const body = bodyOf(emptyDraft(now, "ast_1"), now);
  expect(body).toMatchObject({
    applies_to: "assets",
    asset_ids: ["ast_1"],
    detector: null,
    parameters: {},
    begins_at: new Date(2025, 5, 15).toISOString(),
    ends_at: now.toISOString(),
  });
});

test("a last day that is over counts whole", () => {
  const draft = { ...emptyDraft(now, "ast_1"), from: "2026-06-01", to: "2026-06-02" };
  expect(bodyOf(draft, now)?.ends_at).toBe(new Date(2026, 5, 3).toISOString());
});

test("nothing is sent without a machine, a span or a model", () => {
  expect(isComplete(emptyDraft(now), now)).toBe(false);
  const draft = emptyDraft(now, "ast_1");
  expect(bodyOf({ ...draft, from: "2026-07-01", to: "2026-06-01" }, now)).toBeNull();
  expect(bodyOf({ ...draft, from: "" }, now)).toBeNull();
  expect(bodyOf({ ...draft, detector: "river" }, now)).toBeNull();
  expect(bodyOf({ ...draft, appliesTo: "equipment_class" }, now)).toBeNull();
});

test("a type has no machines of its own, and a River model brings its steps", () => {
  const draft = {
    ...emptyDraft(now, "ast_1"),
    appliesTo: "equipment_class" as const,
    target: "pump",
    detector: "river",
    model: "anomaly.LODA",
    before: ["preprocessing.StandardScaler"],
  };
  expect(bodyOf(draft, now)).toMatchObject({
    target: "pump",
    asset_ids: [],
    parameters: {
      steps: [{ name: "preprocessing.StandardScaler" }, { name: "anomaly.LODA", parameters: {} }],
    },
  });
});

test("once more means the same machines only where they were named", () => {
  const backtest = {
    applies_to: "product_model",
    target: "pm_1",
    assets: [{ asset_id: "ast_1" }],
  } as Backtest;
  expect(sameAgain(backtest).asset_ids).toEqual([]);
  expect(sameAgain({ ...backtest, applies_to: "assets" }).asset_ids).toEqual(["ast_1"]);
});

test("what is left follows from the pace so far", () => {
  const started_at = new Date(now.getTime() - 60_000).toISOString();
  expect(secondsLeft({ progress: 0.25, started_at }, now)).toBe(180);
  expect(secondsLeft({ progress: 0, started_at }, now)).toBeNull();
});
