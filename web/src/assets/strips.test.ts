import { expect, test } from "vitest";
import { placed } from "./strips";

const span = { from: 100, to: 200 };

test("what lasts is cut to the span, and goes on to its end while it has none", () => {
  const items = [
    { id: "before", from: 50, to: 120 },
    { id: "open", from: 150, to: null },
  ];
  expect(placed(items, span).map(({ left, right }) => [left, right])).toEqual([
    [0, 20],
    [50, 100],
  ]);
});

test("what does not reach into the span is left out", () => {
  const items = [
    { id: "past", from: 0, to: 99 },
    { id: "to come", from: 201, to: null },
  ];
  expect(placed(items, span)).toEqual([]);
});
