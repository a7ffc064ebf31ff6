// A list that is sorted or summed up here has to be read whole.
import type { PageOf } from "../ui/usePaged";

// Beyond this a list is cut, and says so.
const PAGES_MAX = 25;

export interface Whole<Row> {
  items: Row[];
  /** There is more than was read. */
  cut: boolean;
}

export async function everything<Row>(
  read: (cursor: string | undefined) => Promise<PageOf<Row>>,
): Promise<Whole<Row>> {
  const items: Row[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await read(cursor);
    items.push(...answer.items);
    if (!answer.next_cursor) return { items, cut: false };
    cursor = answer.next_cursor;
  }
  return { items, cut: true };
}
