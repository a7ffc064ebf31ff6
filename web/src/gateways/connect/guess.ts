// What a found variable is likely to be, so that mapping is checking rather than typing.
import type { Schemas } from "../../api/client";

export type Node = Schemas["NodeView"];
export type Kind = Schemas["SeriesView"]["kind"];

export const KINDS: Kind[] = [
  "vibration",
  "temperature",
  "pressure",
  "flow",
  "current",
  "speed",
  "power",
  "level",
  "voltage",
  "state",
  "other",
];

// Units are the surer sign; then words of the name, in the order of how seldom they mislead.
const UNITS: [RegExp, Kind][] = [
  [/^(mm\/s|in\/s|m\/s²|m\/s2|g|µm|um)$/i, "vibration"],
  [/^(°?[cfk]|degc|degf|℃|℉)$/i, "temperature"],
  [/^(m?bar|k?pa|mpa|psi|hpa)$/i, "pressure"],
  [/^(m³\/h|m3\/h|l\/min|l\/s|kg\/h|m³\/s)$/i, "flow"],
  [/^m?a$/i, "current"],
  [/^(rpm|1\/min|min⁻¹|r\/min|hz)$/i, "speed"],
  [/^(k|m)?(w|va)$/i, "power"],
  [/^(k|m)?v$/i, "voltage"],
];
const NAMES: [RegExp, Kind][] = [
  [/vib|accel|振/i, "vibration"],
  [/temp|温/i, "temperature"],
  [/press|压/i, "pressure"],
  [/flow|流量/i, "flow"],
  [/volt|电压/i, "voltage"],
  [/curr|amp|电流/i, "current"],
  [/speed|rpm|freq|转速/i, "speed"],
  [/power|load|功率/i, "power"],
  [/level|液位/i, "level"],
  [/running|state|status|mode|alarm|fault|状态/i, "state"],
];

export function kindOf(node: Pick<Node, "name" | "unit" | "type">): Kind {
  const byUnit = UNITS.find(([form]) => form.test(node.unit.trim()))?.[1];
  if (byUnit) return byUnit;
  if (node.type === "boolean") return "state";
  return NAMES.find(([form]) => form.test(node.name))?.[1] ?? "other";
}

/** `Vibration DE` and `VibrationDE` → `vibration_de`; letters of other scripts stay. */
export function seriesName(name: string): string {
  const words = name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1_$2")
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1_$2")
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase();
  return words || "value";
}

export interface Mapped {
  node: Node;
  /** Serial number of the machine; empty until somebody chose it. */
  asset: string;
  series: string;
  unit: string;
  kind: Kind;
  low: string;
  high: string;
}

const figure = (value: number | null) => (value === null ? "" : String(value));

export function suggestion(node: Node, asset: string): Mapped {
  return {
    node,
    asset,
    series: seriesName(node.name),
    unit: node.unit,
    kind: kindOf(node),
    low: figure(node.low),
    high: figure(node.high),
  };
}

export type MappingProblem = "asset" | "series" | "repeated" | "range";

/** What keeps a row from being saved, by its node. */
export function problemsOf(rows: Mapped[]): Map<string, MappingProblem> {
  const found = new Map<string, MappingProblem>();
  const taken = new Set<string>();
  for (const row of rows) {
    const place = `${row.asset}\n${row.series.trim()}`;
    if (!row.asset) found.set(row.node.node, "asset");
    else if (!row.series.trim()) found.set(row.node.node, "series");
    else if (taken.has(place)) found.set(row.node.node, "repeated");
    else if (rangeIsWrong(row)) found.set(row.node.node, "range");
    taken.add(place);
  }
  return found;
}

function rangeIsWrong({ low, high }: Mapped): boolean {
  const [bottom, top] = [low, high].map((each) => (each.trim() ? Number(each) : null));
  if (Number.isNaN(bottom) || Number.isNaN(top)) return true;
  return typeof bottom === "number" && typeof top === "number" && bottom >= top;
}

/** The tags as the API takes them. */
export function tagsOf(rows: Mapped[]): Schemas["TagIn"][] {
  return rows.map((row) => ({
    asset: row.asset,
    series: row.series.trim(),
    node: row.node.node,
    unit: row.unit.trim(),
    kind: row.kind,
    low: row.low.trim() ? Number(row.low) : null,
    high: row.high.trim() ? Number(row.high) : null,
    type: row.node.type === "boolean" ? "boolean" : "number",
  }));
}
