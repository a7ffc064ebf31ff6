// What became of the readings a gateway took.
import type { Gateway } from "../api";

type Counted = Pick<Gateway, "taken" | "stored" | "quarantined" | "dropped">;
export type PartName = "stored" | "quarantined" | "buffered" | "dropped";

export interface Account {
  taken: number;
  parts: { name: PartName; readings: number }[];
}

/** Its last word on what it took may be older than what has arrived since; then that counts. */
export function accountOf({ taken, stored, quarantined, dropped }: Counted): Account {
  const known = stored + quarantined + dropped;
  const all = Math.max(taken, known);
  return {
    taken: all,
    parts: [
      { name: "stored", readings: stored },
      { name: "quarantined", readings: quarantined },
      { name: "buffered", readings: all - known },
      { name: "dropped", readings: dropped },
    ],
  };
}
