import { useMemo, useState } from "react";
import type { Selection } from "../ui/Choose";
import type { Alarm } from "./api";

export interface Chosen {
  ids: string[];
  selection: Selection;
  clear: () => void;
}

/** Which alarms of a list are chosen; those that have left the list are chosen no more. */
export function useChosen(rows: Alarm[] | undefined, nameOf: (alarm: Alarm) => string): Chosen {
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  return useMemo(() => {
    const there = new Map((rows ?? []).map((row) => [row.id, row]));
    const chosen = new Set([...marked].filter((id) => there.has(id)));
    return {
      ids: [...chosen],
      clear: () => setMarked(new Set()),
      selection: {
        chosen,
        toggle: (id) => {
          const next = new Set(chosen);
          if (!next.delete(id)) next.add(id);
          setMarked(next);
        },
        all: (ids) => setMarked(new Set(ids)),
        nameOf: (id) => {
          const row = there.get(id);
          return row ? nameOf(row) : id;
        },
      },
    };
  }, [rows, marked, nameOf]);
}
