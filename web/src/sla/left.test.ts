import { describe, expect, test } from "vitest";
import type { Clock } from "./api";
import { leftSeconds, urgency, usedShare } from "./left";

const clock = (change: Partial<Clock> = {}): Clock => ({
  target: "resolution",
  round: 0,
  state: "running",
  breached: false,
  ticking: true,
  paused_why: null,
  started_at: "2026-11-22T08:00:00Z",
  stopped_at: null,
  due_at: "2026-11-22T10:00:00Z",
  target_s: 7200,
  elapsed_s: 3600,
  ...change,
});

describe("a clock between two readings", () => {
  test("goes on while working time passes", () => {
    expect(leftSeconds(clock(), 0, 60_000)).toBe(3540);
    expect(usedShare(clock(), 0, 0)).toBe(0.5);
  });

  test("stands still while it is paused or nobody works", () => {
    const still = clock({ ticking: false, state: "paused", paused_why: "waiting_for_parts" });
    expect(leftSeconds(still, 0, 3_600_000)).toBe(3600);
  });

  test("is never ahead of its reading when the page's time jumps back", () => {
    expect(leftSeconds(clock(), 60_000, 0)).toBe(3600);
  });
});

test.each([
  [clock(), "calm"],
  [clock({ elapsed_s: 5760 }), "near"],
  [clock({ elapsed_s: 7300 }), "late"],
  [clock({ breached: true }), "late"],
  [clock({ state: "met", elapsed_s: 7000 }), "calm"],
  [clock({ state: "missed" }), "late"],
  [clock({ state: "cancelled", elapsed_s: 9000 }), "calm"],
] as const)("%# wants what it wants", (each, wanted) => {
  expect(urgency(each, 0, 0)).toBe(wanted);
});
