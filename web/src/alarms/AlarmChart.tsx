import { Skeleton } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useReadings } from "../assets/api";
import { constantBand } from "../charts/band";
import type { Span } from "../charts/types";
import { EmptyState } from "../ui/EmptyState";
import { QueryState } from "../ui/QueryState";
import { useEnum } from "../ui/useEnum";
import { readCause } from "./cause";

const SeriesPlot = lazy(() => import("../charts/SeriesPlot"));

const HEIGHT = 190;
const MINUTE = 60_000;

interface Props {
  assetId: string;
  cause: unknown;
  onsetAt: string;
  clearedAt: string | null | undefined;
  severity: string;
}

/** The span an alarm is looked at in: as long before its onset as it lasted, within bounds. */
export function spanAround(onset: number, cleared: number | null, now: number): Span {
  const end = cleared ?? now;
  const lasted = Math.max(end - onset, 0);
  const before = Math.min(Math.max(lasted, 15 * MINUTE), 6 * 60 * MINUTE);
  const after = Math.min(lasted, 6 * 60 * MINUTE) + 5 * MINUTE;
  return { from: onset - before, to: Math.min(onset + after, Math.max(now, onset + 5 * MINUTE)) };
}

/** The readings an alarm was raised on, what was expected of them, and the alarm as a span. */
export function AlarmChart({ cause: raw, onsetAt, clearedAt, severity }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const cause = useMemo(() => readCause(raw), [raw]);
  const onset = new Date(onsetAt).getTime();
  const cleared = clearedAt ? new Date(clearedAt).getTime() : null;
  // The right edge moves on in steps, so that a page left open does not read again with every breath.
  const now = Math.ceil(Date.now() / MINUTE) * MINUTE;
  const span = useMemo(() => spanAround(onset, cleared, now), [onset, cleared, now]);
  const readings = useReadings(cause.seriesId, span);
  const band = useMemo(() => (cause.expected ? constantBand(...cause.expected) : null), [cause]);
  const marks = useMemo(
    () => [
      { id: "alarm", from: onset, to: cleared, level: severity, label: word("severity", severity) },
    ],
    [onset, cleared, severity, word],
  );
  if (cause.seriesId === null) return null;
  return (
    <div data-testid="alarm-chart">
      <QueryState query={readings} height={HEIGHT} small>
        {(line) =>
          line.ts.length === 0 ? (
            <EmptyState small title={t("charts.noReadings")} />
          ) : (
            <Suspense fallback={<Skeleton height={HEIGHT} />}>
              <SeriesPlot
                label={t("alarms.chartOf", { series: cause.seriesName })}
                line={line}
                span={span}
                band={band}
                marks={marks}
                height={HEIGHT}
              />
            </Suspense>
          )
        }
      </QueryState>
    </div>
  );
}
