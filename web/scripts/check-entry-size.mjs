// Refuses a build whose first page needs more than 300 kB gzipped: the entry and all it imports statically.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 300_000;
const dist = process.argv[2] ?? "dist";
const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));

const files = new Set();
const collect = (key) => {
  const chunk = manifest[key];
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const style of chunk.css ?? []) files.add(style);
  for (const other of chunk.imports ?? []) collect(other);
};
for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) collect(key);

let total = 0;
for (const file of files) total += gzipSync(readFileSync(join(dist, file))).length;
const told = `entry: ${(total / 1000).toFixed(1)} kB gzipped in ${files.size} files, limit ${LIMIT_BYTES / 1000} kB`;
if (total > LIMIT_BYTES) {
  console.error(`${told}; load something later`);
  process.exit(1);
}
console.log(told);
