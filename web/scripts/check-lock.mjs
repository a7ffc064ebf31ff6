// Refuses a lock file that names a registry: where packages come from is the machine's own setting.
import { readFileSync } from "node:fs";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const faults = [];
for (const [place, entry] of Object.entries(lock.packages)) {
  if (entry.resolved) faults.push(`${place} has an address`);
  if (place && !entry.integrity && !entry.link) faults.push(`${place} has no integrity hash`);
}
// What runs on other machines must be locked too.
for (const name of ["@rolldown/binding-linux-arm64-gnu", "@rolldown/binding-darwin-arm64"]) {
  if (!lock.packages[`node_modules/${name}`]) faults.push(`${name} is missing`);
}
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}
