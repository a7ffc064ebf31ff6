import { expect, it } from "vitest";
import { compareLines } from "./lines";

it("keeps common lines and tells what came and went", () => {
  expect(compareLines("a\nb\nc", "a\nx\nc\nd")).toEqual([
    { kind: "same", text: "a" },
    { kind: "removed", text: "b" },
    { kind: "added", text: "x" },
    { kind: "same", text: "c" },
    { kind: "added", text: "d" },
  ]);
});

it("shows all as changed when the texts are very long", () => {
  const long = Array.from({ length: 3_000 }, (_, at) => `${at}`).join("\n");
  expect(compareLines(long, `${long}\nmore`)).toHaveLength(6_001);
});
