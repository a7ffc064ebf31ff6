import { expect, test } from "vitest";
import { countOf } from "./show";

test("each list counts what it would show", () => {
  const counts = {
    total: 9,
    states: { offline: 1, trouble: 2, late: 1, never: 0, online: 5, revoked: 0 },
    drifted: 4,
  };
  expect(countOf("trouble", counts)).toBe(3);
  expect(countOf("offline", counts)).toBe(1);
  expect(countOf("drift", counts)).toBe(4);
  expect(countOf("trouble", undefined)).toBe(0);
});
