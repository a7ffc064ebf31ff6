import { expect, test } from "vitest";
import { spanAround } from "./AlarmChart";
import { readCause } from "./cause";

test("a cause is read as the platform writes it", () => {
  const raw = {
    series_id: 7,
    series_name: "vibration_de",
    unit: "mm/s",
    record: "high",
    expected: [1.2, 2.4],
    seen: 6.1,
    mode: "loaded",
    feature: "hour_of_day_10",
  };
  expect(readCause(raw)).toEqual({
    seriesId: 7,
    seriesName: "vibration_de",
    unit: "mm/s",
    record: "high",
    expected: [1.2, 2.4],
    seen: 6.1,
    mode: "loaded",
    feature: "hour_of_day_10",
  });
});

test.each([null, "text", {}, { expected: [null, 2], seen: "6" }])(
  "%j is no cause, and breaks nothing",
  (raw) => {
    expect(readCause(raw)).toMatchObject({
      seriesId: null,
      expected: null,
      seen: null,
      mode: null,
      feature: null,
    });
  },
);

const MINUTE = 60_000;

test("a chart shows a quarter of an hour before a short alarm and never what is to come", () => {
  const onset = 1_000 * MINUTE;
  expect(spanAround(onset, onset + 2 * MINUTE, onset + 500 * MINUTE)).toEqual({
    from: onset - 15 * MINUTE,
    to: onset + 7 * MINUTE,
  });
  expect(spanAround(onset, null, onset + 60 * MINUTE).to).toBe(onset + 60 * MINUTE);
});
