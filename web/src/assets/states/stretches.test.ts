import { expect, test } from "vitest";
import { type Change, stretchesOf } from "./stretches";

const change = (series_id: number, minute: number, label: string): Change => ({
  series_id,
  ts: new Date(minute * 60_000).toISOString(),
  value: null,
  label,
  quality: 0,
});

test("a state lasts until the next of its own series, and what held before begins with the span", () => {
  const found = stretchesOf(
    [change(1, 0, "IDLE"), change(2, 20, "AUTO"), change(1, 30, "RUN")],
    600_000,
  );
  expect(found.map(({ label, from, to }) => [label, from / 60_000, to && to / 60_000])).toEqual([
    ["RUN", 30, null],
    ["AUTO", 20, null],
    ["IDLE", 10, 30],
  ]);
});
