import { Skeleton } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import type { UseQueryResult } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { cursorTime } from "../charts/axes";
import { piecesIn } from "../charts/band";
import classes from "../charts/charts.module.css";
import type { Band, Gap, Mark, Span } from "../charts/types";
import { EmptyState } from "../ui/EmptyState";
import { Quantity } from "../ui/Quantity";
import { QueryState } from "../ui/QueryState";
import { useEnum } from "../ui/useEnum";
import type { SeriesWithLatest } from "./api";
import type { Shown } from "./charts";
import { reasonAt } from "./gaps";
import { type LiveReading, withGaps, withLive } from "./merge";
import { Resolution } from "./Resolution";

const SeriesPlot = lazy(() => import("../charts/SeriesPlot"));
const HEIGHT = 132;

interface Props {
  series: SeriesWithLatest;
  span: Span;
  /** The readings of all series, by series. */
  readings: UseQueryResult<Map<number, Shown>>;
  band: Band | null;
  live: LiveReading[] | undefined;
  marks: Mark[];
  gaps: Gap[];
  onZoom: (span: Span) => void;
}

// Marks and gaps are made anew with each drawing of the page; only other ones draw the chart anew.
function useSame<Value>(given: Value): Value {
  const [kept, setKept] = useState(given);
  const isSame = JSON.stringify(kept) === JSON.stringify(given);
  if (!isSame) setKept(given);
  return isSame ? kept : given;
}

/** One series: its name, its value now, its chart. It is drawn once it comes into sight. */
export function SeriesPanel({ series, span, readings, band, live, onZoom, ...given }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const marks = useSame(given.marks);
  const gaps = useSame(given.gaps);
  const { ref, inViewport } = useInViewport();
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (inViewport) setSeen(true);
  }, [inViewport]);
  const shown = readings.data?.get(series.id);
  const [cursor, setCursor] = useState<{ at: number; value: number | null } | null>(null);
  const line = useMemo(
    () => (shown ? withGaps(live ? withLive(shown, live) : shown) : null),
    [shown, live],
  );
  const bands = useMemo(() => piecesIn(band, span).length, [band, span]);
  const missing = cursor ? reasonAt(cursor.at, gaps) : null;
  const newest = live?.at(-1)?.[1] ?? series.latest?.value ?? null;
  return (
    <div ref={ref} className={classes.panel} data-series={series.name} data-bands={bands}>
      <div className={classes.head}>
        <span className={classes.name}>{series.name}</span>
        <span className={classes.cursor}>
          {cursor ? (
            <>
              {cursorTime(cursor.at)} ·{" "}
              {missing ? (
                word("gapReason", missing)
              ) : (
                <Quantity value={cursor.value} unit={series.unit} steady />
              )}
            </>
          ) : (
            word("seriesKind", series.kind)
          )}
        </span>
        {shown ? <Resolution shown={shown} /> : null}
        <span className={classes.now} data-testid={`value-${series.name}`}>
          <Quantity value={newest} unit={series.unit} steady />
        </span>
      </div>
      <div style={{ minHeight: HEIGHT }}>
        {seen ? (
          <QueryState query={readings} height={HEIGHT} small>
            {() =>
              line === null || line.ts.length === 0 ? (
                <EmptyState small title={t("charts.noReadings")} />
              ) : (
                <Suspense fallback={<Skeleton height={HEIGHT} />}>
                  <SeriesPlot
                    label={series.name}
                    line={line}
                    span={span}
                    band={band}
                    marks={marks}
                    gaps={gaps}
                    height={HEIGHT}
                    syncKey="asset"
                    onZoom={onZoom}
                    onCursor={(at, value) => setCursor(at === null ? null : { at, value })}
                  />
                </Suspense>
              )
            }
          </QueryState>
        ) : null}
      </div>
    </div>
  );
}
