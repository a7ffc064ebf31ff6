import { useMemo } from "react";
import { type Block, blocksOf, type Piece } from "./blocks";
import classes from "./knowledge.module.css";

/** Markdown shown safely: every letter of it is text, and links lead to web pages, mail or our own pages. */
export function Markdown({ text }: { text: string }) {
  const blocks = useMemo(() => blocksOf(text), [text]);
  return (
    <div className={classes.markdown} data-testid="markdown">
      {blocks.map((block, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no other name
        <One key={at} block={block} />
      ))}
    </div>
  );
}

function Pieces({ pieces }: { pieces: Piece[] }) {
  return pieces.map((piece, at) => {
    const key = `${at}`;
    switch (piece.kind) {
      case "text":
        return <span key={key}>{piece.text}</span>;
      case "code":
        return <code key={key}>{piece.text}</code>;
      case "strong":
        return (
          <strong key={key}>
            <Pieces pieces={piece.pieces} />
          </strong>
        );
      case "em":
        return (
          <em key={key}>
            <Pieces pieces={piece.pieces} />
          </em>
        );
      default:
        return (
          <a key={key} href={piece.to} rel="noopener noreferrer nofollow">
            <Pieces pieces={piece.pieces} />
          </a>
        );
    }
  });
}

const HEADS = ["h2", "h3", "h4"] as const;

function One({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading": {
      // The page has the h1, sections the h2.
      const Head = HEADS[Math.min(block.level, 3) - 1] ?? "h4";
      return (
        <Head>
          <Pieces pieces={block.pieces} />
        </Head>
      );
    }
    case "paragraph":
      return (
        <p>
          <Pieces pieces={block.pieces} />
        </p>
      );
    case "quote":
      return (
        <blockquote>
          <Pieces pieces={block.pieces} />
        </blockquote>
      );
    case "code":
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      );
    case "rule":
      return <hr />;
    case "list": {
      const List = block.ordered ? "ol" : "ul";
      return (
        <List>
          {block.items.map((item, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: items have no other name
            <li key={at}>
              <Pieces pieces={item} />
            </li>
          ))}
        </List>
      );
    }
    default:
      return <Table head={block.head} rows={block.rows} />;
  }
}

function Table({ head, rows }: { head: Piece[][]; rows: Piece[][][] }) {
  return (
    <div className={classes.tableFrame}>
      <table>
        <thead>
          <tr>
            {head.map((cell, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other name
              <th key={at} scope="col">
                <Pieces pieces={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name
            <tr key={at}>
              {row.map((cell, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other name
                <td key={column}>
                  <Pieces pieces={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
