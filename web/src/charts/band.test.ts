import { expect, test } from "vitest";
import { constantBand, extent, piecesIn } from "./band";

const span = { from: 100, to: 200 };

test("a step holds until the next, and the one before the span into it", () => {
  const band = { ts: [10, 50, 120, 160], low: [0, 1, 2, 3], high: [9, 8, 7, 6] };
  expect(piecesIn(band, span)).toEqual([
    { from: 100, to: 120, low: 1, high: 8 },
    { from: 120, to: 160, low: 2, high: 7 },
    { from: 160, to: 200, low: 3, high: 6 },
  ]);
});

test("where nothing was known nothing is drawn", () => {
  const band = { ts: [10, 120, 160], low: [0, null, 3], high: [9, null, 6] };
  expect(piecesIn(band, span)).toEqual([
    { from: 100, to: 120, low: 0, high: 9 },
    { from: 160, to: 200, low: 3, high: 6 },
  ]);
  expect(piecesIn({ ts: [300], low: [0], high: [1] }, span)).toEqual([]);
  expect(piecesIn({ ts: [], low: [], high: [] }, span)).toEqual([]);
  expect(piecesIn(null, span)).toEqual([]);
});

test("a band that is always the same fills the span", () => {
  expect(piecesIn(constantBand(1, 2), span)).toEqual([{ ...span, low: 1, high: 2 }]);
});

test("the extent is that of what is seen", () => {
  const band = { ts: [0, 50, 150], low: [-99, 2, 1], high: [99, 5, 4] };
  expect(extent(piecesIn(band, span))).toEqual({ low: 1, high: 5 });
  expect(extent([])).toBeNull();
});
