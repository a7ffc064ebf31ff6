import { expect, test } from "vitest";
import { against, draftOf, limitsOf, withSetpoint } from "./draft";

const h = withSetpoint({}, "h", 4);

test("a limit comes with its usual severity, keeps what was set of it, and goes with its number", () => {
  expect(limitsOf(h)).toEqual([
    {
      kind: "h",
      setpoint: 4,
      deadband: 0,
      on_delay_s: 0,
      off_delay_s: 0,
      severity: "high",
      over_s: 60,
    },
  ]);
  const [limit] = limitsOf(h);
  const kept = withSetpoint(draftOf([{ ...limit, deadband: 0.5 }] as never), "h", 5);
  expect(limitsOf(kept)[0]).toMatchObject({ setpoint: 5, deadband: 0.5 });
  expect(limitsOf(withSetpoint(kept, "h", null))).toEqual([]);
});

test("limits are sent the highest first", () => {
  const all = withSetpoint(withSetpoint(h, "ll", -1), "hh", 9);
  expect(limitsOf(all).map(({ kind }) => kind)).toEqual(["hh", "h", "ll"]);
});

test("what lies beyond is counted on both sides, rates and gaps left out", () => {
  const draft = withSetpoint(withSetpoint(h, "l", 0), "rise", 0.1);
  expect(against([1, 5, null, -2, 4], draft)).toEqual({ count: 4, beyond: 2, low: -2, high: 5 });
  expect(against([], draft).count).toBe(0);
});
