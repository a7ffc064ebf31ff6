// Every word exists in both languages, and no visible word stands in the code itself.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import en from "./en";
import zh from "./zh";

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, path = ""): Map<string, string> {
  const words = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") words.set(path + key, value);
    else for (const [inner, word] of flat(value, `${path}${key}.`)) words.set(inner, word);
  }
  return words;
}

const english = flat(en);
const chinese = flat(zh);
const holes = (word: string) =>
  [...word.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

test("both languages have the same keys", () => {
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
});

test("both languages fill the same holes", () => {
  const differing = [...english].filter(
    ([key, word]) => holes(word).join() !== holes(chinese.get(key) ?? "").join(),
  );
  expect(differing).toEqual([]);
});

test("Chinese words are Chinese", () => {
  // Codes, names and abbreviations are the same in both languages.
  const same = new Set([
    "codes.sourceKind.opcua",
    "codes.sourceKind.mqtt_json",
    "codes.sourceKind.sparkplug",
    "common.product",
    "parts.sku",
  ]);
  const untranslated = [...chinese].filter(
    ([key, word]) =>
      !same.has(key) &&
      word !== "" &&
      !/[\u4e00-\u9fff]/.test(word) &&
      /[a-z]{3}/i.test(word.replaceAll(/\{\{\w+\}\}/g, "")),
  );
  expect(untranslated).toEqual([]);
});

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return entry.name === "i18n" || entry.name === "testing" ? [] : sources(path);
    return /\.tsx?$/.test(entry.name) && !/\.test\.|\.d\.ts$/.test(entry.name) ? [path] : [];
  });
}

// Attributes that somebody sees or hears.
const SEEN = new Set([
  "label",
  "title",
  "placeholder",
  "description",
  "alt",
  "hint",
  "aria-label",
  "submitLabel",
  "subtitle",
  "error",
  "tabTitle",
]);
// Language names are written in themselves; these say the same in every language.
const ALLOWED = new Set(["Ctrl K", "breadcrumb", "P0", "P1", "P2", "P3"]);

function hardCoded(path: string): string[] {
  const file = ts.createSourceFile(
    path,
    readFileSync(path, "utf8"),
    ts.ScriptTarget.Latest,
    true,
    ts.ScriptKind.TSX,
  );
  const found: string[] = [];
  const tell = (node: ts.Node, text: string) => {
    const words = text.trim();
    if (/\p{L}{2}/u.test(words) && !ALLOWED.has(words)) {
      found.push(
        `${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${words}`,
      );
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) tell(node, node.text);
    if (ts.isJsxAttribute(node) && SEEN.has(node.name.getText())) {
      const value = node.initializer;
      if (value && ts.isStringLiteral(value)) tell(value, value.text);
      if (
        value &&
        ts.isJsxExpression(value) &&
        value.expression &&
        ts.isStringLiteral(value.expression)
      ) {
        tell(value, value.expression.text);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

// Every source is parsed; a machine that does other things too takes its time.
test("no visible words stand in the code", { timeout: 60_000 }, () => {
  expect(sources("src").flatMap(hardCoded)).toEqual([]);
});

test("every key used in the code exists", () => {
  const missing: string[] = [];
  for (const path of sources("src")) {
    for (const match of readFileSync(path, "utf8").matchAll(/\bt\(\s*"([\w.]+)"/g)) {
      const key = match[1] ?? "";
      if (!english.has(key)) missing.push(`${path}: ${key}`);
    }
  }
  expect(missing).toEqual([]);
});

test("no file is longer than 250 lines", () => {
  const long = sources("src").filter((path) => readFileSync(path, "utf8").split("\n").length > 250);
  expect(long).toEqual([]);
});
