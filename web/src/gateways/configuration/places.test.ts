import { expect, test } from "vitest";
import { lineOf, placesOf } from "./places";

const TEXT = `{
  "opcua": [
    {
      "name": "line-1",
      "url": "http://plc",
      "tags": [
        {"node": "i=1", "asset": "P-1", "series": "a"},
        {
          "node": "i=2",
          "asset": "P-\\"2",
          "series": "b"
        }
      ]
    }
  ]
}`;

test("a value's line is found by its path", () => {
  const { lines, brokenAt } = placesOf(TEXT);
  expect(brokenAt).toBeNull();
  expect(lines.get("opcua")).toBe(2);
  expect(lines.get("opcua[1]")).toBe(3);
  expect(lines.get("opcua[1].url")).toBe(5);
  expect(lines.get("opcua[1].tags[1].series")).toBe(7);
  expect(lines.get("opcua[1].tags[2].asset")).toBe(10);
});

test("a problem stands at its value, or at the nearest one around it", () => {
  const places = placesOf(TEXT);
  expect(lineOf("opcua[1].url", places)).toBe(5);
  expect(lineOf("opcua[1].tags[2].unit", places)).toBe(8);
  expect(lineOf("mqtt_json[1].url", places)).toBeNull();
  expect(lineOf("", places)).toBeNull();
});

test("text that is no JSON is broken at a line", () => {
  expect(placesOf('{\n "a": 1,\n}').brokenAt).toBe(3);
  expect(placesOf('{\n "a": 01\n}').brokenAt).toBe(2);
  expect(placesOf("").brokenAt).toBe(1);
  expect(placesOf("{} x").brokenAt).toBe(1);
  expect(placesOf("[1, 2.5e3, true, null]").brokenAt).toBeNull();
});
