// What changed between two texts, line by line: the longest common run of lines stays.

export interface Line {
  kind: "same" | "added" | "removed";
  text: string;
}

// Beyond this many pairs of lines the comparison would be slow; then everything is shown as changed.
const PAIRS_MAX = 4_000_000;

export function compareLines(before: string, after: string): Line[] {
  const old = before.split("\n");
  const now = after.split("\n");
  if (old.length * now.length > PAIRS_MAX) {
    return [
      ...old.map((text): Line => ({ kind: "removed", text })),
      ...now.map((text): Line => ({ kind: "added", text })),
    ];
  }
  const width = now.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  const of = (a: number, b: number) => common[a * width + b] ?? 0;
  for (let a = old.length - 1; a >= 0; a -= 1) {
    for (let b = now.length - 1; b >= 0; b -= 1) {
      common[a * width + b] =
        old[a] === now[b] ? of(a + 1, b + 1) + 1 : Math.max(of(a + 1, b), of(a, b + 1));
    }
  }
  const lines: Line[] = [];
  let a = 0;
  let b = 0;
  while (a < old.length || b < now.length) {
    if (a < old.length && b < now.length && old[a] === now[b]) {
      lines.push({ kind: "same", text: old[a] ?? "" });
      a += 1;
      b += 1;
    } else if (a < old.length && (b === now.length || of(a + 1, b) >= of(a, b + 1))) {
      lines.push({ kind: "removed", text: old[a] ?? "" });
      a += 1;
    } else {
      lines.push({ kind: "added", text: now[b] ?? "" });
      b += 1;
    }
  }
  return lines;
}
