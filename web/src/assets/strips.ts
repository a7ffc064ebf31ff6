// Where things that last stand below a chart, as shares of its width.
import type { Span } from "../charts/types";

export interface Lasting {
  id: string;
  from: number;
  /** null while it goes on. */
  to: number | null;
}

export interface Placed<Item> {
  item: Item;
  /** Percent of the width. */
  left: number;
  right: number;
}

/** Places what lasts within a span, cut to it; what does not reach into it is left out. */
export function placed<Item extends Lasting>(items: Item[], span: Span): Placed<Item>[] {
  const width = span.to - span.from;
  const share = (at: number) => Math.min(Math.max((at - span.from) / width, 0), 1) * 100;
  return items
    .filter(({ from, to }) => from <= span.to && (to ?? span.to) >= span.from)
    .map((item) => ({ item, left: share(item.from), right: share(item.to ?? span.to) }));
}
