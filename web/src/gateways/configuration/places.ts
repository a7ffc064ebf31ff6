// Where in a JSON text each value stands, so that a problem is shown at the line it is about.

export interface Places {
  /** Line, from 1, by path such as `opcua[1].tags[2].unit`. */
  lines: Map<string, number>;
  /** Where the text stops being JSON; null when it is. */
  brokenAt: number | null;
}

class Broken extends Error {}

class Scanner {
  readonly lines = new Map<string, number>();
  line = 1;
  private at = 0;

  constructor(private readonly text: string) {}

  scan(): void {
    this.value("");
    this.blank();
    if (this.at < this.text.length) throw new Broken();
  }

  private value(path: string): void {
    this.blank();
    if (path) this.lines.set(path, this.lines.get(path) ?? this.line);
    const first = this.text[this.at];
    if (first === "{") this.object(path);
    else if (first === "[") this.array(path);
    else if (first === '"') this.string();
    else this.plain();
  }

  private object(path: string): void {
    this.items("}", () => {
      this.blank();
      const name = this.string();
      const inner = path ? `${path}.${name}` : name;
      this.lines.set(inner, this.line);
      this.blank();
      this.take(":");
      this.value(inner);
    });
  }

  private array(path: string): void {
    let number = 0;
    this.items("]", () => {
      number += 1;
      this.value(`${path}[${number}]`);
    });
  }

  private items(end: string, one: () => void): void {
    this.at += 1;
    this.blank();
    if (this.text[this.at] === end) {
      this.at += 1;
      return;
    }
    for (;;) {
      one();
      this.blank();
      if (this.text[this.at] === end) break;
      this.take(",");
    }
    this.at += 1;
  }

  private string(): string {
    const found = /"(?:[^"\\\n]|\\.)*"/y;
    return JSON.parse(this.match(found)) as string;
  }

  private plain(): void {
    this.match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y);
  }

  private match(form: RegExp): string {
    form.lastIndex = this.at;
    const found = form.exec(this.text)?.[0];
    if (found === undefined) throw new Broken();
    this.at += found.length;
    return found;
  }

  private take(sign: string): void {
    if (this.text[this.at] !== sign) throw new Broken();
    this.at += 1;
  }

  private blank(): void {
    while (/\s/.test(this.text[this.at] ?? "")) {
      if (this.text[this.at] === "\n") this.line += 1;
      this.at += 1;
    }
  }
}

export function placesOf(text: string): Places {
  const scanner = new Scanner(text);
  try {
    scanner.scan();
    return { lines: scanner.lines, brokenAt: null };
  } catch {
    return { lines: scanner.lines, brokenAt: scanner.line };
  }
}

/** The line of a place such as `opcua[1].url`, or that of the nearest value around it; null for none. */
export function lineOf(place: string, places: Places): number | null {
  for (let path = place; path; path = path.replace(/(\.[^.[]+|\[\d+\]|^[^.[]+)$/, "")) {
    const line = places.lines.get(path);
    if (line !== undefined) return line;
    if (!/[.[]/.test(path)) break;
  }
  return null;
}
