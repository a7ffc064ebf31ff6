// A configuration while its tags are edited: rows of tags, and the document that comes of them.
import type { Document } from "./api";

export const SOURCE_KINDS = ["opcua", "mqtt_json", "sparkplug"] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];
type Table = Record<string, unknown>;

export interface DraftSource {
  /** Such as `opcua[1]`, as it stands in the draft. */
  key: string;
  kind: SourceKind;
  name: string;
  address: string;
  facts: Table;
  tags: DraftTag[];
}

export interface DraftTag {
  /** Such as `opcua[1].tags[2]`. */
  key: string;
  /** What tells it at its source: a node, a path, a metric. */
  address: string;
  facts: Table;
}

const table = (value: unknown): Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : {};
const tables = (value: unknown): Table[] => (Array.isArray(value) ? value.map(table) : []);
const ADDRESSES = ["node", "device", "metric", "topic", "path"];

export const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

export function sourcesOf(document: Document): DraftSource[] {
  return SOURCE_KINDS.flatMap((kind) =>
    tables(document[kind]).map((facts, number) => {
      const key = `${kind}[${number + 1}]`;
      return {
        key,
        kind,
        name: text(facts.name),
        address: text(facts.url),
        facts,
        tags: tables(facts.tags).map((tag, row) => ({
          key: `${key}.tags[${row + 1}]`,
          address: ADDRESSES.map((name) => text(tag[name]))
            .filter(Boolean)
            .join(" · "),
          facts: tag,
        })),
      };
    }),
  );
}

const NUMBERS = new Set(["low", "high", "sampling_interval_ms", "publishing_interval_ms"]);

/** What was typed, as it is written: a number where one belongs and is one; nothing where nothing stands. */
function written(name: string, typed: string): unknown {
  const words = typed.trim();
  if (words === "") return undefined;
  const number = Number(words);
  return NUMBERS.has(name) && Number.isFinite(number) ? number : words;
}

/** The draft with one value of a source or tag changed; it is not changed itself. */
export function changed(document: Document, key: string, name: string, typed: string): Document {
  const made = structuredClone(document);
  const [, kind = "", source = "", row] = /^(\w+)\[(\d+)\](?:\.tags\[(\d+)\])?$/.exec(key) ?? [];
  const facts = tables(made[kind])[Number(source) - 1];
  const target = row ? tables(facts?.tags)[Number(row) - 1] : facts;
  if (!target) return document;
  const value = written(name, typed);
  if (value === undefined) delete target[name];
  else target[name] = value;
  return made;
}

export interface Final {
  document: Document;
  /** Where a tag or source of the final document stands in the draft. */
  keys: Map<string, string>;
}

/** The draft without the tags that are taken out, and without sources that then read nothing. */
export function finalOf(document: Document, removed: ReadonlySet<string>): Final {
  const made: Document = structuredClone(document);
  const keys = new Map<string, string>();
  for (const kind of SOURCE_KINDS) {
    if (!(kind in document)) continue;
    const kept: Table[] = [];
    for (const source of sourcesOf(document).filter((each) => each.kind === kind)) {
      const tags = source.tags.filter((tag) => !removed.has(tag.key));
      const reads = tags.length > 0 || tables(source.facts.patterns).length > 0;
      if (!reads && source.tags.length > 0) continue;
      const place = `${kind}[${kept.length + 1}]`;
      keys.set(place, source.key);
      tags.forEach((tag, row) => {
        keys.set(`${place}.tags[${row + 1}]`, tag.key);
      });
      const facts = structuredClone(source.facts);
      if (source.tags.length > 0) facts.tags = tags.map((tag) => structuredClone(tag.facts));
      kept.push(facts);
    }
    if (kept.length > 0) made[kind] = kept;
    else delete made[kind];
  }
  return { document: made, keys };
}

// What is said of a whole tag, and the field somebody would look at for it.
const FIELD_OF: Record<string, string> = { range_reversed: "low" };

/** Where a fault of the final document stands in the draft: the tag or source, and the field of it. */
export function placedFault(
  fault: { place: string; code: string },
  keys: ReadonlyMap<string, string>,
): { key: string; field: string } | null {
  const [, place = "", field = ""] =
    /^(\w+\[\d+\](?:\.tags\[\d+\])?)(?:\.([\w-]+))?/.exec(fault.place) ?? [];
  const key = keys.get(place);
  if (!key) return null;
  return { key, field: field || (FIELD_OF[fault.code] ?? "") };
}
