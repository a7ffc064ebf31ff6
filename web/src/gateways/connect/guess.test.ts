import { describe, expect, test } from "vitest";
import { kindOf, type Node, problemsOf, seriesName, suggestion, tagsOf } from "./guess";

const node = (more: Partial<Node>): Node => ({
  node: "ns=2;s=Pump1.VibrationDE",
  owner: "Pump1",
  name: "VibrationDE",
  unit: "mm/s",
  low: 0,
  high: 25,
  type: "number",
  ...more,
});

describe("what a variable is likely to be", () => {
  test.each([
    ["VibrationDE", "vibration_de"],
    ["Vibration DE", "vibration_de"],
    ["OPCStatus2", "opc_status2"],
    ["进口 温度", "进口_温度"],
    ["__", "value"],
  ])("%s is called %s", (name, series) => expect(seriesName(name)).toBe(series));

  test.each([
    [{ unit: "mm/s", name: "X" }, "vibration"],
    [{ unit: "°C", name: "X" }, "temperature"],
    [{ unit: "", name: "Discharge pressure" }, "pressure"],
    [{ unit: "A", name: "Speed" }, "current"],
    [{ unit: "", name: "X", type: "boolean" }, "state"],
    [{ unit: "", name: "X" }, "other"],
  ])("%o", (more, kind) => expect(kindOf(node(more))).toBe(kind));
});

describe("a mapping", () => {
  test("lacks a machine, a name, or says the same twice", () => {
    const first = suggestion(node({}), "P-1");
    const other = { ...first, node: node({ node: "i=2" }) };
    const rows = [
      first,
      other,
      { ...suggestion(node({ node: "i=3" }), ""), series: "c" },
      { ...suggestion(node({ node: "i=4" }), "P-1"), series: " " },
      { ...suggestion(node({ node: "i=5" }), "P-1"), series: "e", low: "9", high: "3" },
      { ...suggestion(node({ node: "i=6" }), "P-1"), series: "f", low: "x" },
    ];
    expect(Object.fromEntries(problemsOf(rows))).toEqual({
      "i=2": "repeated",
      "i=3": "asset",
      "i=4": "series",
      "i=5": "range",
      "i=6": "range",
    });
  });

  test("becomes tags with the server's range", () => {
    expect(tagsOf([suggestion(node({ high: null }), "P-1")])).toEqual([
      {
        asset: "P-1",
        series: "vibration_de",
        node: "ns=2;s=Pump1.VibrationDE",
        unit: "mm/s",
        kind: "vibration",
        low: 0,
        high: null,
        type: "number",
      },
    ]);
  });
});
