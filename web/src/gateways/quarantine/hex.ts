// The first bytes of something, as a hex editor shows them.

export interface HexLine {
  offset: string;
  hex: string;
  text: string;
}

const PER_LINE = 16;

/** Lines of sixteen bytes; what is no printable ASCII shows as a dot. */
export function hexLines(hex: string): HexLine[] {
  const bytes = hex.match(/../g) ?? [];
  const lines: HexLine[] = [];
  for (let start = 0; start < bytes.length; start += PER_LINE) {
    const part = bytes.slice(start, start + PER_LINE);
    lines.push({
      offset: start.toString(16).padStart(4, "0"),
      hex: part.join(" "),
      text: part
        .map((byte) => Number.parseInt(byte, 16))
        .map((code) => (code > 31 && code < 127 ? String.fromCharCode(code) : "."))
        .join(""),
    });
  }
  return lines;
}
