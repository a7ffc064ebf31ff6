import { expect, test } from "vitest";
import { moved, pinched, readSpan, scaled, spanOfKey, WIDTH_MIN, writtenSpan } from "./zoom";

const HOUR = 3_600_000;
const span = { from: 10 * HOUR, to: 20 * HOUR };
const later = 100 * HOUR;

test("zooming keeps the moment looked at where it is", () => {
  expect(scaled(span, 0.5, later)).toEqual({ from: 12.5 * HOUR, to: 17.5 * HOUR });
  expect(scaled(span, 0.5, later, 12 * HOUR)).toEqual({ from: 11 * HOUR, to: 16 * HOUR });
  expect(scaled(span, 2, later, 20 * HOUR)).toEqual({ from: 0, to: 20 * HOUR });
});

test("zooming in ends where single readings are seen", () => {
  let seen = span;
  for (let step = 0; step < 40; step += 1) seen = scaled(seen, 0.5, later);
  expect(seen.to - seen.from).toBe(WIDTH_MIN);
});

test("nothing is looked for in the future", () => {
  expect(scaled(span, 2, 21 * HOUR)).toEqual({ from: 1 * HOUR, to: 21 * HOUR });
  expect(moved(span, 0.25, 21 * HOUR)).toEqual({ from: 11 * HOUR, to: 21 * HOUR });
});

test("moving goes by a share of what is seen", () => {
  expect(moved(span, -0.25, later)).toEqual({ from: 7.5 * HOUR, to: 17.5 * HOUR });
});

test("what two fingers hold stays under them", () => {
  const shown = pinched(span, [0.4, 0.6], [0.2, 0.8]);
  const at = (share: number) => shown.from + share * (shown.to - shown.from);
  expect(at(0.2)).toBeCloseTo(14 * HOUR, -1);
  expect(at(0.8)).toBeCloseTo(16 * HOUR, -1);
  // Fingers that cross do not turn time around.
  const crossed = pinched(span, [0.4, 0.6], [0.55, 0.5]);
  expect(crossed.to).toBeGreaterThan(crossed.from);
});

test("an address holds a span, and nothing else is taken for one", () => {
  const written = writtenSpan({ from: 1_700_000_000_000, to: 1_700_000_060_000 });
  expect(written.from).toBe("2023-11-14T22:13:20.000Z");
  expect(readSpan(written.from, written.to)).toEqual({
    from: 1_700_000_000_000,
    to: 1_700_000_060_000,
  });
  for (const [from, to] of [
    [written.to, written.from],
    ["x", written.to],
    [written.from, undefined],
    ["1900-01-01T00:00:00Z", written.to],
    ["1990-01-01T00:00:00Z", written.to],
    [written.from, written.from],
  ]) {
    expect(readSpan(from, to)).toBeNull();
  }
});

test("keys move, zoom and go back to the whole", () => {
  expect(spanOfKey("+", span, later)).toEqual(scaled(span, 0.5, later));
  expect(spanOfKey("ArrowLeft", span, later)).toEqual(moved(span, -0.25, later));
  expect(spanOfKey("0", span, later)).toBeNull();
  expect(spanOfKey("q", span, later)).toBeUndefined();
});
