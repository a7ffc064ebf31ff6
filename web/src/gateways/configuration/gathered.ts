// Differences by the thing they are about: a tag that was added is one thing, not seven values.
import type { Difference } from "./api";

export type Way = "added" | "removed" | "changed";

export interface Group {
  /** Such as `opcua[line-1].tags[P-1/vibration]`; empty at the top. */
  place: string;
  way: Way;
  values: { name: string; before: unknown; after: unknown }[];
}

/** `a[b.c].d` → `a[b.c]` and `d`: dots inside brackets are of names. */
export function split(path: string): [string, string] {
  let depth = 0;
  for (let at = path.length - 1; at >= 0; at -= 1) {
    const sign = path[at];
    if (sign === "]") depth += 1;
    else if (sign === "[") depth -= 1;
    else if (sign === "." && depth === 0) return [path.slice(0, at), path.slice(at + 1)];
  }
  return ["", path];
}

// A tag comes and goes with its series, a source with its name; the rest may be left out of either.
const NAMED_BY = new Set(["series", "name"]);

const absent = (value: unknown) => value === null || value === undefined;

export function gathered(items: Difference[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { path, before, after } of items) {
    const [place, name] = split(path);
    const group = groups.get(place) ?? { place, way: "changed", values: [] };
    group.values.push({ name, before: before ?? null, after: after ?? null });
    groups.set(place, group);
  }
  for (const group of groups.values()) {
    // One of a list that is not named here was there before, or still is: only some of its values differ.
    const isListed = group.place.endsWith("]");
    if (isListed && !group.values.some((each) => NAMED_BY.has(each.name))) continue;
    if (group.values.every((each) => absent(each.before))) group.way = "added";
    else if (group.values.every((each) => absent(each.after))) group.way = "removed";
  }
  return [...groups.values()];
}

/** A value as one would write it. */
export function worded(value: unknown): string {
  return absent(value) ? "–" : JSON.stringify(value);
}
