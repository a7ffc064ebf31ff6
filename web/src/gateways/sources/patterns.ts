// The rows of the adopt form, and the mapping the API takes of them.
import type { Schemas } from "../../api/client";
import { type Kind, kindOf, seriesName } from "../connect/guess";
import type { Seen } from "./api";

export interface Row {
  id: number;
  /** A Sparkplug metric, or a path in a JSON message. */
  name: string;
  /** Of JSON devices the topics it is in, of Sparkplug nodes the device; empty for the node itself. */
  place: string;
  asset: string;
  series: string;
  unit: string;
  kind: Kind;
  low: string;
  high: string;
  /** What a pattern says beyond these fields; it stays as it is. */
  rest: Record<string, unknown>;
}

type Mapping = Schemas["SourceAdopt"]["mapping"];
type Pattern = Mapping["patterns"][number];

let next = 0;

export function rowOf(name: string, place: string): Row {
  next += 1;
  const plain = name.replace(/^\$\.?/, "");
  return {
    id: next,
    name,
    place,
    asset: "",
    series: seriesName(plain.split(/[/.]/).at(-1) ?? plain),
    unit: "",
    kind: kindOf({ name: plain, unit: "", type: "number" }),
    low: "",
    high: "",
    rest: { type: "number" },
  };
}

const said = (value: unknown) => (value === null || value === undefined ? "" : String(value));

/** The rows of a mapping that is in force. */
export function rowsOfMapping(mapping: Mapping): Row[] {
  return (mapping.patterns as Pattern[]).map((pattern) => {
    const { asset, series, unit, kind, low, high, ...own } = pattern;
    const { path, topic, metric, device, ...rest } = own as Record<string, unknown>;
    next += 1;
    return {
      id: next,
      name: said(path ?? metric),
      place: said(topic ?? device),
      asset,
      series,
      unit: unit ?? "",
      kind: kind ?? "other",
      low: said(low),
      high: said(high),
      rest,
    };
  });
}

/** One row for each name that was heard of; what steers a node is no reading. */
export function rowsOf(seen: Seen | null): Row[] {
  if (!seen) return [rowOf("", "")];
  const rows = named(seen);
  // A node that has not said what it has, since it was heard of, is mapped by hand.
  return rows.length > 0 ? rows : [rowOf("", seen.kind === "json" ? seen.address : "")];
}

function named(seen: Seen): Row[] {
  return seen.names
    .filter((name) => !/^(Node|Device) Control\/|^bdSeq$/.test(name))
    .map((name) => {
      if (seen.kind === "json") return rowOf(name, seen.address);
      // A metric of a device is told as `device/metric`.
      const cut = name.indexOf("/");
      return rowOf(name.slice(cut + 1), name.slice(0, Math.max(cut, 0)));
    });
}

/** A number where one was typed; anything else is sent as it is, for the API to refuse at its field. */
function bound(typed: string): number | undefined {
  if (typed.trim() === "") return undefined;
  const number = Number(typed);
  return Number.isFinite(number) ? number : (typed as never);
}

/** The mapping of the rows that are whole; what is not of its rows is as in `base`. */
export function mappingOf(kind: Seen["kind"], rows: Row[], base?: Mapping): Mapping {
  const whole = rows.filter((row) => row.asset && row.name.trim() && row.series.trim());
  const facts = (row: Row) => ({
    ...(row.rest as { type: "number" }),
    asset: row.asset,
    series: row.series.trim(),
    unit: row.unit.trim(),
    kind: row.kind,
    ...(bound(row.low) === undefined ? {} : { low: bound(row.low) }),
    ...(bound(row.high) === undefined ? {} : { high: bound(row.high) }),
  });
  if (kind === "json") {
    return {
      timestamp_unit: "auto",
      ...(base as object),
      kind: "json",
      patterns: whole.map((row) => ({ ...facts(row), topic: row.place, path: row.name.trim() })),
    };
  }
  return {
    rebirth_seconds_min: 10,
    ...(base as object),
    kind: "sparkplug",
    patterns: whole.map((row) => ({
      node: "*",
      ...facts(row),
      metric: row.name.trim(),
      device: row.place,
    })),
  };
}

/** What two mappings differ in, by the series that are written to. */
export function mappingDifferences(before: Mapping, after: Mapping): Schemas["DifferenceView"][] {
  const leaves = (mapping: Mapping) => {
    const found = new Map<string, unknown>();
    for (const pattern of mapping.patterns as Pattern[]) {
      for (const [name, value] of Object.entries(pattern)) {
        if (value === null || value === undefined || typeof value === "object") continue;
        found.set(`patterns[${pattern.asset}/${pattern.series}].${name}`, value);
      }
    }
    return found;
  };
  const [old, made] = [leaves(before), leaves(after)];
  return [...new Set([...old.keys(), ...made.keys()])]
    .sort()
    .filter((path) => old.get(path) !== made.get(path))
    .map((path) => ({ path, before: old.get(path) ?? null, after: made.get(path) ?? null }));
}
