// Markdown cut into blocks and pieces. No HTML is known here: `<` is a letter like any other.

export type Piece =
  | { kind: "text" | "code"; text: string }
  | { kind: "strong" | "em"; pieces: Piece[] }
  | { kind: "link"; to: string; pieces: Piece[] };

export type Block =
  | { kind: "heading"; level: number; pieces: Piece[] }
  | { kind: "paragraph" | "quote"; pieces: Piece[] }
  | { kind: "list"; ordered: boolean; items: Piece[][] }
  | { kind: "code"; text: string }
  | { kind: "table"; head: Piece[][]; rows: Piece[][][] }
  | { kind: "rule" };

const HEADING = /^ {0,3}(#{1,6})\s+(.*)$/;
const ITEM = /^\s{0,6}(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const FENCE = /^ {0,3}```/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}>\s?(.*)$/;
const TABLE_LINE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const LINE_MAX = 2_000;
const DEPTH_MAX = 4;

/** Where a link may lead: web pages, mail, pages of our own. */
export function safeTarget(raw: string): string | null {
  const target = raw.trim();
  if (/^\/(?![/\\])/.test(target) || target.startsWith("#")) return target;
  if (!/^(https?:\/\/|mailto:)/i.test(target)) return null;
  try {
    const { protocol } = new URL(target);
    return ["http:", "https:", "mailto:"].includes(protocol) ? target : null;
  } catch {
    return null;
  }
}

const MARKS =
  /\\([\\`*_[\]<>#|()!-])|`([^`]+)`|\[([^[\]]*)\]\(\s*([^()\s]+)\s*\)|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*/;

/** Cuts a line into its pieces. */
export function piecesOf(line: string, depth = 0): Piece[] {
  const pieces: Piece[] = [];
  // A line of megabytes is shown as it is rather than searched for marks.
  let rest = line;
  const say = (text: string) => {
    const last = pieces.at(-1);
    if (!text) return;
    if (last?.kind === "text") last.text += text;
    else pieces.push({ kind: "text", text });
  };
  while (rest && line.length <= LINE_MAX && depth < DEPTH_MAX) {
    const found = MARKS.exec(rest);
    if (!found) break;
    say(rest.slice(0, found.index));
    rest = rest.slice(found.index + found[0].length);
    const [whole, letter, code, label, target, strong, em] = found;
    if (letter !== undefined) say(letter);
    else if (code !== undefined) pieces.push({ kind: "code", text: code });
    else if (label !== undefined && target !== undefined) {
      const to = safeTarget(target);
      if (to) pieces.push({ kind: "link", to, pieces: piecesOf(label || target, depth + 1) });
      else say(whole);
    } else if (strong !== undefined)
      pieces.push({ kind: "strong", pieces: piecesOf(strong, depth + 1) });
    else if (em !== undefined) pieces.push({ kind: "em", pieces: piecesOf(em, depth + 1) });
  }
  say(rest);
  return pieces;
}

const cells = (line: string): Piece[][] =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => piecesOf(cell.trim()));

/** Cuts Markdown into blocks. */
export function blocksOf(text: string): Block[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  const while_ = (test: (line: string) => boolean): string[] => {
    const taken: string[] = [];
    for (let line = lines[at]; line !== undefined && test(line); line = lines[at]) {
      taken.push(line);
      at += 1;
    }
    return taken;
  };
  const begins = (line: string): boolean =>
    [HEADING, ITEM, FENCE, RULE, QUOTE].some((mark) => mark.test(line));
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const heading = HEADING.exec(line);
    if (!line.trim()) at += 1;
    else if (heading) {
      blocks.push({
        kind: "heading",
        level: heading[1]?.length ?? 1,
        pieces: piecesOf(heading[2] ?? ""),
      });
      at += 1;
    } else if (FENCE.test(line)) {
      at += 1;
      blocks.push({ kind: "code", text: while_((each) => !FENCE.test(each)).join("\n") });
      at += 1;
    } else if (RULE.test(line)) {
      blocks.push({ kind: "rule" });
      at += 1;
    } else if (QUOTE.test(line)) {
      const said = while_((each) => QUOTE.test(each)).map((each) => QUOTE.exec(each)?.[1] ?? "");
      blocks.push({ kind: "quote", pieces: piecesOf(said.join(" ")) });
    } else if (ITEM.test(line)) {
      const items = while_((each) => ITEM.test(each)).map((each) => ITEM.exec(each));
      blocks.push({
        kind: "list",
        ordered: items[0]?.[1] !== undefined,
        items: items.map((each) => piecesOf(each?.[2] ?? "")),
      });
    } else if (line.includes("|") && TABLE_LINE.test(lines[at + 1] ?? "")) {
      at += 2;
      const rows = while_((each) => each.includes("|"));
      blocks.push({ kind: "table", head: cells(line), rows: rows.map(cells) });
    } else {
      // The first line is taken whatever it is, so that nothing is looked at for ever.
      at += 1;
      const more = while_((each) => each.trim() !== "" && !begins(each));
      blocks.push({ kind: "paragraph", pieces: piecesOf([line, ...more].join("\n")) });
    }
  }
  return blocks;
}
