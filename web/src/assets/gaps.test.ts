import { expect, test } from "vitest";
import type { Schemas } from "../api/client";
import { gapsOf, reasonAt } from "./gaps";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const gap = (from: number, to: number, series: number[], reason: string): Schemas["GapView"] => ({
  id: from,
  series_ids: series,
  started_at: at(from),
  ended_at: at(to),
  reason,
  agent_id: "gw_1",
  recorded_at: at(to),
});
const GAPS = [
  gap(30, 40, [1], "overflow"),
  gap(5, 12, [1, 2], "connection_lost"),
  gap(0, 10, [1], "connection_lost"),
  gap(9, 11, [2], "overflow"),
];
const second = (n: number) => new Date(at(n)).getTime();

test("a series has its own gaps, joined where they are one", () => {
  expect(gapsOf(1, GAPS)).toEqual([
    { from: second(0), to: second(12), reason: "connection_lost" },
    { from: second(30), to: second(40), reason: "overflow" },
  ]);
  expect(gapsOf(3, GAPS)).toEqual([]);
});

test("a moment inside of a gap has its reason", () => {
  const own = gapsOf(1, GAPS);
  expect(reasonAt(second(35), own)).toBe("overflow");
  expect(reasonAt(second(20), own)).toBeNull();
});
