import { expect, test } from "vitest";
import { barsOf, isStretch } from "./spans";

const HOUR = 3_600_000;

test("steps without alarms are bars of nothing", () => {
  const steps = [{ at: "1970-01-01T02:00:00Z", told: 7, most: 5 }];
  const bars = barsOf(steps, { from: HOUR / 2, to: 4 * HOUR }, 3600);
  expect(bars.map(({ told }) => told)).toEqual([0, 0, 7, 0]);
  expect(bars.map(({ at }) => at / HOUR)).toEqual([0, 1, 2, 3]);
  expect(bars[2]?.most).toBe(5);
});

test("only our own stretches are taken from an address", () => {
  expect(isStretch("7d")).toBe(true);
  expect(isStretch("toString")).toBe(false);
  expect(isStretch(undefined)).toBe(false);
});
