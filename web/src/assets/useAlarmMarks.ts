import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Alarm } from "../alarms/api";
import { ask, http } from "../api/client";
import type { Mark, Span } from "../charts/types";
import { useLocal } from "../ui/useLocal";

/** An alarm as a chart marks it. */
export interface AlarmMarked extends Mark {
  /** The series that deviated, the worst first. */
  series: number[];
}

const DAY = 86_400_000;
const PAGE = 200;
// More marks than a chart has columns would not be told apart.
const PAGES_MAX = 8;

/** Reads the alarms of a machine that last in a span, the newest first. */
async function readAlarms(assetId: string, span: Span, signal: AbortSignal): Promise<Alarm[]> {
  const lasting = {
    until: new Date(span.to).toISOString(),
    returned_since: new Date(span.from).toISOString(),
  };
  const found: Alarm[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const read = await ask(
      http.GET("/api/v1/alarms", {
        params: { query: { asset_id: assetId, ...lasting, limit: PAGE, cursor } },
        signal,
      }),
    );
    found.push(...read.items);
    cursor = read.next_cursor ?? undefined;
    if (cursor === undefined) break;
  }
  return found;
}

/** The alarms of a machine that last in a span, as marks; the worst are no different from the others. */
export function useAlarmMarks(assetId: string, span: Span, enabled: boolean): AlarmMarked[] {
  const local = useLocal();
  // Asked by the day, so that moving about does not ask again.
  const from = Math.floor(span.from / DAY) * DAY;
  const to = Math.ceil(span.to / DAY) * DAY;
  const alarms = useQuery({
    queryKey: ["alarms", "marks", assetId, from, to],
    queryFn: ({ signal }) => readAlarms(assetId, { from, to }, signal),
    enabled,
    placeholderData: (before) => before,
  });
  const marks = useMemo(
    () =>
      (alarms.data ?? []).map(
        (alarm): AlarmMarked => ({
          id: alarm.id,
          from: new Date(alarm.onset_at).getTime(),
          to: alarm.returned_at ? new Date(alarm.returned_at).getTime() : null,
          level: alarm.severity,
          label: local(alarm.summary),
          series: alarm.contributors.map((each) => each.series_id),
        }),
      ),
    [alarms.data, local],
  );
  return marks.filter((mark) => mark.from < span.to && (mark.to ?? span.to) > span.from);
}
