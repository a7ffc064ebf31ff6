import { Skeleton } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { cursorTime } from "../charts/axes";
import classes from "../charts/charts.module.css";
import type { Gap, Mark, Span } from "../charts/types";
import { EmptyState } from "../ui/EmptyState";
import { Quantity } from "../ui/Quantity";
import { QueryState } from "../ui/QueryState";
import { useEnum } from "../ui/useEnum";
import { type SeriesWithLatest, useBand, useReadings } from "./api";
import { reasonAt } from "./gaps";
import { type LiveReading, withGaps, withLive } from "./merge";
import { Resolution } from "./Resolution";

const SeriesPlot = lazy(() => import("../charts/SeriesPlot"));
const HEIGHT = 132;

interface Props {
  series: SeriesWithLatest;
  span: Span;
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

/** One series: its name, its value now, its chart. Readings are fetched once it comes into sight. */
export function SeriesPanel({ series, span, live, onZoom, ...given }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const marks = useSame(given.marks);
  const gaps = useSame(given.gaps);
  const { ref, inViewport } = useInViewport();
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (inViewport) setSeen(true);
  }, [inViewport]);
  const readings = useReadings(seen ? series.id : null, span);
  const band = useBand(seen ? series.id : null);
  const [cursor, setCursor] = useState<{ at: number; value: number | null } | null>(null);
  const line = useMemo(
    () => (readings.data ? withGaps(live ? withLive(readings.data, live) : readings.data) : null),
    [readings.data, live],
  );
  const missing = cursor ? reasonAt(cursor.at, gaps) : null;
  const newest = live?.at(-1)?.[1] ?? series.latest?.value ?? null;
  return (
    <div ref={ref} className={classes.panel} data-series={series.name}>
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
        {readings.data ? <Resolution shown={readings.data} /> : null}
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
