import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Span } from "../charts/types";
import { readSpan, writtenSpan } from "../charts/zoom";
import { useNow } from "../ui/useNow";
import { isSpanName, liveSpan, type SpanName } from "./spans";

export interface ChartSpan {
  /** The stretch that was chosen by name; it moves on with time unless somebody zoomed. */
  name: SpanName;
  span: Span;
  zoomed: boolean;
  /** The latest moment there is anything to see of. */
  latest: number;
  choose: (name: string) => void;
  /** Looks at a span; null goes back to the chosen stretch. `step` keeps the way back in the history. */
  look: (span: Span | null, step?: boolean) => void;
}

/** Which span of time the charts of a machine show. It lives in the address, so that it can be sent on. */
export function useChartSpan(assetId: string): ChartSpan {
  const navigate = useNavigate();
  const search = useSearch({ from: "/assets/$assetId" });
  const name = isSpanName(search.span) ? search.span : "1h";
  const now = useNow();
  const zoom = readSpan(search.from, search.to);
  const live = liveSpan(name, now.getTime());
  const { from, to } = zoom ?? live;
  const span = useMemo(() => ({ from, to }), [from, to]);
  const go = (next: typeof search, replace: boolean) =>
    void navigate({
      to: "/assets/$assetId",
      params: { assetId },
      search: next,
      replace,
      resetScroll: false,
    });
  return {
    name,
    span,
    zoomed: zoom !== null,
    latest: live.to,
    choose: (value) => go({ span: value }, true),
    look: (chosen, step = false) => {
      const kept = { span: search.span };
      if (chosen === null) go(kept, true);
      else go({ ...kept, ...writtenSpan(chosen) }, !step);
    },
  };
}
