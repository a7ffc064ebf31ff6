import { expect, test } from "vitest";
import type { Seen } from "./api";
import { mappingDifferences, mappingOf, rowsOf, rowsOfMapping } from "./patterns";

const seen = (more: Partial<Seen>): Seen => ({
  id: "see_1",
  kind: "sparkplug",
  address: "plant/node-1",
  messages: 3,
  names: ["bdSeq", "Node Control/Rebirth", "pump-1/Outlet Pressure", "Load"],
  first_seen_at: "2026-01-01T00:00:00Z",
  last_seen_at: "2026-01-01T00:00:00Z",
  ...more,
});

test("metrics become rows, without those that steer the node", () => {
  const rows = rowsOf(seen({}));
  expect(rows.map(({ name, place, series, kind }) => [name, place, series, kind])).toEqual([
    ["Outlet Pressure", "pump-1", "outlet_pressure", "pressure"],
    ["Load", "", "load", "power"],
  ]);
});

test("only rows with a machine are mapped", () => {
  const [first, second] = rowsOf(seen({}));
  if (!first || !second) throw new Error("two rows");
  expect(mappingOf("sparkplug", [{ ...first, asset: "P-1", unit: " bar " }, second])).toEqual({
    kind: "sparkplug",
    rebirth_seconds_min: 10,
    patterns: [
      {
        asset: "P-1",
        series: "outlet_pressure",
        unit: "bar",
        kind: "pressure",
        type: "number",
        metric: "Outlet Pressure",
        node: "*",
        device: "pump-1",
      },
    ],
  });
});

test("members of a JSON message are read by their paths, in their topic", () => {
  const [row] = rowsOf(seen({ kind: "json", address: "line/fan", names: ["$.temp"] }));
  if (!row) throw new Error("one row");
  const mapping = mappingOf("json", [{ ...row, asset: "F-1" }]);
  expect(mapping.patterns).toEqual([
    {
      asset: "F-1",
      series: "temp",
      unit: "",
      kind: "temperature",
      type: "number",
      topic: "line/fan",
      path: "$.temp",
    },
  ]);
});

test("a mapping in force is edited without losing what its rows do not show", () => {
  const given = {
    kind: "json" as const,
    timestamp: "$.at",
    timestamp_unit: "ms" as const,
    patterns: [
      {
        asset: "F-{1}",
        series: "temp",
        unit: "°C",
        kind: "temperature" as const,
        type: "number" as const,
        topic: "devices/+/t",
        path: "$.t",
        low: 0,
        assets: { "F-1": "S-1" },
      },
    ],
  };
  const rows = rowsOfMapping(given);
  expect(mappingOf("json", rows, given)).toEqual(given);
  const [row] = rows;
  if (!row) throw new Error("one row");
  const draft = mappingOf("json", [{ ...row, high: "120", unit: "K" }], given);
  expect(draft).toMatchObject({ timestamp: "$.at", patterns: [{ assets: { "F-1": "S-1" } }] });
  expect(mappingDifferences(given, draft)).toEqual([
    { path: "patterns[F-{1}/temp].high", before: null, after: 120 },
    { path: "patterns[F-{1}/temp].unit", before: "°C", after: "K" },
  ]);
});
