import { expect, test } from "vitest";
import { endOf, LENGTHS, localMinute, parsedMinute } from "./shelving";

const now = new Date("2026-03-01T12:00:00Z");

test("the longest shelf ends within the day that the API allows, whenever the question arrives", () => {
  const longest = endOf(LENGTHS[LENGTHS.length - 1] ?? 0, now).getTime() - now.getTime();
  expect(longest).toBeLessThan(86_400_000);
  expect(longest).toBeGreaterThan(86_400_000 - 60_000);
  expect(endOf(1_800, now).getTime() - now.getTime()).toBe(1_800_000);
});

test("a moment survives being written into a date field", () => {
  expect(parsedMinute(localMinute(now))).toEqual(now);
  expect(parsedMinute("")).toBeNull();
  expect(parsedMinute("2026-13-40T12:00")).toBeNull();
});
