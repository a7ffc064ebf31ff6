import { afterEach, describe, expect, test } from "vitest";
import { switchLanguage } from "../i18n";
import { calendarDate, duration, money, quantity, relativeTime, shortId } from "./format";

const now = new Date("2026-11-21T12:00:00Z");
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);

afterEach(async () => {
  await switchLanguage("en");
});

describe("relative time", () => {
  test.each([
    [10, "just now"],
    [50, "1 min ago"],
    [12 * 60, "12 min ago"],
    [3600, "1 hr ago"],
    [26 * 3600, "yesterday"],
    [3 * 86400, "3 days ago"],
  ])("%i seconds ago", (seconds, words) => {
    expect(relativeTime(ago(seconds), now)).toBe(words);
  });

  test("in Chinese", async () => {
    await switchLanguage("zh");
    expect(relativeTime(ago(12 * 60), now)).toBe("12分钟前");
  });
});

test("a calendar date does not move with the time zone", () => {
  expect(calendarDate("2026-01-15")).toBe("15 Jan 2026");
});

test.each([
  [45, "45 secs"],
  [200 * 60, "3 hrs 20 mins"],
  [90 * 3600, "4 days"],
])("%i seconds last", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

test.each([
  [0.12345, "0.123"],
  [12.3456, "12.35"],
  [1234.5, "1,235"],
  [null, "–"],
  [Number.NaN, "–"],
])("%s as a quantity", (value, words) => {
  expect(quantity(value)).toBe(words);
});

test("money counts minor units by currency", () => {
  expect(money(123450, "EUR")).toBe("€1,234.50");
  expect(money(5000, "JPY")).toBe("JP¥5,000");
});

test("long ids keep both ends", () => {
  expect(shortId("wo_06a3k8qz7v9n2m4p5r6s7t8w9x")).toBe("wo_06a…8w9x");
  expect(shortId("gw_1")).toBe("gw_1");
});
