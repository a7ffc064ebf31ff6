import { describe, expect, test } from "vitest";
import { kept, withGaps, withLive } from "./merge";

describe("live readings", () => {
  test("join at the end, once each", () => {
    const line = { ts: [1, 2, 3], values: [10, 11, 12] };
    expect(
      withLive(line, [
        [2, 99, 0],
        [3, 99, 0],
        [4, 13, 0],
      ]),
    ).toEqual({ ts: [1, 2, 3, 4], values: [10, 11, 12, 13] });
  });

  test("of bad quality are a gap", () => {
    expect(withLive({ ts: [], values: [] }, [[1, 5, 0x80000000]])).toEqual({
      ts: [1],
      values: [null],
    });
  });

  test("are kept in order of time", () => {
    expect(kept([[5, 1, 0]], [4, 2, 0])).toEqual([[5, 1, 0]]);
    expect(kept([[5, 1, 0]], [6, 2, 0])).toEqual([
      [5, 1, 0],
      [6, 2, 0],
    ]);
  });
});

describe("gaps", () => {
  test("are shown where readings are missing", () => {
    const minute = 60_000;
    const line = { ts: [0, minute, 2 * minute, 60 * minute, 61 * minute], values: [1, 1, 1, 1, 1] };
    const broken = withGaps(line);
    expect(broken.values).toEqual([1, 1, 1, null, 1, 1]);
    expect(broken.ts[3]).toBe(31 * minute);
  });

  test("are not made where readings are regular", () => {
    const line = { ts: [0, 1000, 2000, 3000], values: [1, 2, 3, 4] };
    expect(withGaps(line)).toEqual(line);
  });
});
