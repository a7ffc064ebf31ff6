import { expect, test } from "vitest";
import { fitted, shrunk } from "./shrink";

test("a large picture keeps its shape", () => {
  expect(fitted(5120, 2560)).toEqual({ width: 2560, height: 1280 });
  expect(fitted(3000, 4000)).toEqual({ width: 1920, height: 2560 });
  expect(fitted(100_000, 1)).toEqual({ width: 2560, height: 1 });
});

test("a small picture is not made larger", () => {
  expect(fitted(640, 480)).toEqual({ width: 640, height: 480 });
});

test("what is no large photograph stays as it is", async () => {
  const note = new File(["a"], "a.txt", { type: "text/plain" });
  const small = new File(["a"], "a.jpg", { type: "image/jpeg" });
  expect(await shrunk(note)).toBe(note);
  expect(await shrunk(small)).toBe(small);
});

test("what this browser cannot draw is sent as it is", async () => {
  const odd = new File(["a".repeat(2_000_000)], "a.jpg", { type: "image/jpeg" });
  expect(await shrunk(odd)).toBe(odd);
});
