import { expect, test } from "vitest";
import { HIDDEN, ISA_STATES, isSide, owesNote, STANDING, statesOf } from "./isa";

test("a side shows its own states, and one of them when it is chosen", () => {
  expect(statesOf("standing", undefined)).toEqual(STANDING);
  expect(statesOf("hidden", "shelved")).toEqual(["shelved"]);
  expect(statesOf("all", undefined)).toBeUndefined();
  expect(statesOf("all", "normal")).toEqual(["normal"]);
});

test("a state that a side does not show holds nothing back", () => {
  expect(statesOf("standing", "shelved")).toEqual(STANDING);
  expect(statesOf("all", "no such state")).toBeUndefined();
});

test("every state stands on one side beside the whole", () => {
  expect([...STANDING, ...HIDDEN, "normal"].sort()).toEqual([...ISA_STATES].sort());
  expect(isSide("toString")).toBe(false);
});

test("an alarm that returned without anybody taking note still wants somebody", () => {
  expect(owesNote({ state: "returned_unacknowledged" })).toBe(true);
  expect(owesNote({ state: "active_acknowledged" })).toBe(false);
});
