import { expect, test } from "vitest";
import { gathered, split, worded } from "./gathered";

test("a path ends at its last dot outside of brackets", () => {
  expect(split("opcua[line.1].tags[P-1/a.b].unit")).toEqual([
    "opcua[line.1].tags[P-1/a.b]",
    "unit",
  ]);
  expect(split("status_seconds")).toEqual(["", "status_seconds"]);
});

test("what was added or taken away is one thing", () => {
  const groups = gathered([
    { path: "opcua[a].tags[P/x].node", before: null, after: "i=1" },
    { path: "opcua[a].tags[P/x].series", before: null, after: "x" },
    { path: "opcua[a].tags[P/y].unit", before: "A", after: "mA" },
    { path: "opcua[a].tags[P/y].low", before: null, after: 0 },
    { path: "frames.live_rows", before: 100, after: null },
  ]);
  expect(groups.map(({ place, way }) => [place, way])).toEqual([
    ["opcua[a].tags[P/x]", "added"],
    ["opcua[a].tags[P/y]", "changed"],
    ["frames", "removed"],
  ]);
  expect(groups[0]?.values).toHaveLength(2);
});

test("values are written as in the document", () => {
  expect([worded("a"), worded(0), worded(false), worded(null)]).toEqual(['"a"', "0", "false", "–"]);
});

test("a tag that only got a range is changed, not added", () => {
  const [group] = gathered([
    { path: "opcua[plc].tags[P-1/a].high", before: null, after: 10 },
    { path: "opcua[plc].tags[P-1/a].low", before: null, after: 0 },
  ]);
  expect(group?.way).toBe("changed");
});
