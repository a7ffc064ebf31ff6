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
}

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
  };
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

export function mappingOf(kind: Seen["kind"], rows: Row[]): Schemas["SourceAdopt"]["mapping"] {
  const whole = rows.filter((row) => row.asset && row.name.trim() && row.series.trim());
  const facts = (row: Row) => ({
    asset: row.asset,
    series: row.series.trim(),
    unit: row.unit.trim(),
    kind: row.kind,
    type: "number" as const,
  });
  if (kind === "json") {
    return {
      kind: "json",
      timestamp_unit: "auto",
      patterns: whole.map((row) => ({ ...facts(row), topic: row.place, path: row.name.trim() })),
    };
  }
  return {
    kind: "sparkplug",
    rebirth_seconds_min: 10,
    patterns: whole.map((row) => ({
      ...facts(row),
      metric: row.name.trim(),
      node: "*",
      device: row.place,
    })),
  };
}
