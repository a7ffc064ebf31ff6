import { Button, Skeleton, Tooltip } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { type SeriesWithLatest, useReadings } from "../../assets/api";
import { placed } from "../../assets/strips";
import { useAlarmMarks } from "../../assets/useAlarmMarks";
import charts from "../../charts/charts.module.css";
import type { Mark, Span } from "../../charts/types";
import { EmptyState } from "../../ui/EmptyState";
import { shortTime } from "../../ui/format";
import { QueryState } from "../../ui/QueryState";
import { useLocal } from "../../ui/useLocal";
import type { BacktestAlarm } from "./api";
import classes from "./backtests.module.css";

const SeriesPlot = lazy(() => import("../../charts/SeriesPlot"));
const HEIGHT = 200;

interface Props {
  machine: Schemas["BacktestAssetView"];
  alarms: BacktestAlarm[];
  series: SeriesWithLatest | undefined;
  whole: Span;
  span: Span;
  onSpan: (span: Span) => void;
  onOpen: (alarm: BacktestAlarm) => void;
}

/** The readings of one series with what would have been told, and below them what was told beside it. */
export function BacktestChart({ machine, alarms, series, whole, span, onSpan, onOpen }: Props) {
  const { t } = useTranslation();
  const local = useLocal();
  const navigate = useNavigate();
  const readings = useReadings(series?.id ?? null, span);
  const supposed = useMemo(
    () =>
      alarms.map((alarm) => ({
        id: String(alarm.number),
        from: new Date(alarm.onset_at).getTime(),
        to: alarm.returned_at ? new Date(alarm.returned_at).getTime() : null,
        level: alarm.severity,
        label: local(alarm.summary),
        faint: !alarm.contributors.some(({ series_id }) => series_id === series?.id),
        alarm,
      })),
    [alarms, local, series?.id],
  );
  const shown = useMemo(
    () => supposed.filter(({ from, to }) => from < span.to && (to ?? span.to) > span.from),
    [supposed, span],
  );
  const raised = useAlarmMarks(machine.asset_id, span, true);
  const zoomed = span.from !== whole.from || span.to !== whole.to;
  return (
    <div className={classes.chart}>
      <QueryState query={readings} height={HEIGHT} small>
        {(line) =>
          line.ts.length === 0 ? (
            <EmptyState small title={t("charts.noReadings")} />
          ) : (
            <Suspense fallback={<Skeleton height={HEIGHT} />}>
              <SeriesPlot
                label={series?.name ?? ""}
                line={line}
                span={span}
                marks={shown}
                height={HEIGHT}
                syncKey="backtest"
                onZoom={onSpan}
              />
            </Suspense>
          )
        }
      </QueryState>
      <Strip
        title={t("backtests.supposed")}
        marks={shown}
        span={span}
        onOpen={({ alarm }) => onOpen(alarm)}
      />
      <Strip
        title={t("backtests.raised")}
        marks={raised}
        span={span}
        onOpen={({ id }) => void navigate({ to: "/alarms/$alarmId", params: { alarmId: id } })}
      />
      {zoomed ? (
        <Button size="compact-xs" variant="default" m="6px 20px" onClick={() => onSpan(whole)}>
          {t("backtests.whole")}
        </Button>
      ) : null}
    </div>
  );
}

interface StripProps<Item extends Mark> {
  title: string;
  marks: Item[];
  span: Span;
  onOpen: (mark: Item) => void;
}

/** Alarms below the chart, on the same time axis. */
function Strip<Item extends Mark>({ title, marks, span, onOpen }: StripProps<Item>) {
  const { t } = useTranslation();
  const shown = placed(marks, span);
  return (
    <div className={classes.strip}>
      <span className={classes.stripTitle}>{`${title}: ${marks.length}`}</span>
      <section className={charts.strip} aria-label={title}>
        {shown.map(({ item, left, right }) => (
          <Tooltip
            key={item.id}
            label={`${item.label} · ${shortTime(new Date(item.from))} – ${
              item.to === null ? t("backtests.toTheEnd") : shortTime(new Date(item.to))
            }`}
          >
            <button
              type="button"
              className={classes.told}
              data-level={item.level}
              aria-label={item.label}
              style={{
                left: `min(${left}%, calc(100% - 8px))`,
                width: `max(${right - left}%, 8px)`,
              }}
              onClick={() => onOpen(item)}
            />
          </Tooltip>
        ))}
      </section>
    </div>
  );
}
