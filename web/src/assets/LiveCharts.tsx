import { Button, SegmentedControl } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Activity } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAlarms } from "../alarms/api";
import { useMay } from "../app/session";
import classes from "../charts/charts.module.css";
import type { Mark, Span } from "../charts/types";
import { useLiveReadings } from "../live/useLiveReadings";
import { EmptyState } from "../ui/EmptyState";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { isSeverity, SeverityMark } from "../ui/Severity";
import { useLocal } from "../ui/useLocal";
import { useNow } from "../ui/useNow";
import { type SeriesWithLatest, useGaps, useSeries } from "./api";
import { GapLegend } from "./GapLegend";
import { gapsOf } from "./gaps";
import { OrderStrip } from "./OrderStrip";
import { SeriesPanel } from "./SeriesPanel";
import { isSpanName, liveSpan, SPANS } from "./spans";

interface AlarmMarked extends Mark {
  /** The series that deviated, the worst first. */
  series: number[];
}

/** Series that have a part in an alarm come first, so that nobody has to look for them. */
function worstFirst(series: SeriesWithLatest[], marks: AlarmMarked[]): SeriesWithLatest[] {
  const deviating = [...new Set(marks.flatMap((mark) => mark.series))];
  const rank = (id: number) => (deviating.includes(id) ? deviating.indexOf(id) : deviating.length);
  return [...series].sort((one, other) => rank(one.id) - rank(other.id));
}

/** Every series of a machine, one under another on one time axis, live, with its alarms marked. */
export function LiveCharts({ assetId }: { assetId: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useMay();
  const local = useLocal();
  const { span: wished } = useSearch({ from: "/assets/$assetId" });
  const name = isSpanName(wished) ? wished : "1h";
  const now = useNow();
  const [zoom, setZoom] = useState<Span | null>(null);
  const { from, to } = zoom ?? liveSpan(name, now.getTime());
  const span = useMemo(() => ({ from, to }), [from, to]);
  const series = useSeries(assetId);
  const live = useLiveReadings(assetId);
  const alarms = useAlarms({ assetId }, may("alarms.read"));
  const marks = useMemo(
    () =>
      (alarms.data?.pages.flatMap((page) => page.items) ?? []).map(
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
  const gaps = useGaps(assetId, span).data ?? [];
  const shown = marks.filter((mark) => mark.from < to && (mark.to ?? to) > from);

  const choose = (value: string) => {
    setZoom(null);
    void navigate({
      to: "/assets/$assetId",
      params: { assetId },
      search: { span: value },
      replace: true,
      resetScroll: false,
    });
  };
  return (
    <Section
      title={t("assets.readings")}
      flush
      testId="live-charts"
      aside={
        <>
          {zoom ? (
            <Button size="compact-xs" variant="default" onClick={() => setZoom(null)}>
              {t("charts.zoomOut")}
            </Button>
          ) : null}
          <SegmentedControl
            size="xs"
            aria-label={t("charts.span")}
            value={zoom ? "" : name}
            onChange={choose}
            data={Object.keys(SPANS).map((value) => ({
              value,
              label: t(`charts.spans.${value as keyof typeof SPANS}`),
            }))}
          />
        </>
      }
    >
      {shown.length > 0 ? (
        <div className={classes.legend} data-testid="chart-alarms">
          {shown.slice(0, 6).map((mark) => (
            <button
              key={mark.id}
              type="button"
              onClick={() =>
                void navigate({ to: "/alarms/$alarmId", params: { alarmId: mark.id } })
              }
            >
              {isSeverity(mark.level) ? <SeverityMark level={mark.level} /> : null}
              {mark.label}
            </button>
          ))}
        </div>
      ) : null}
      <GapLegend gaps={gaps} />
      <QueryState query={series} height={420}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState
              icon={Activity}
              title={t("assets.noSeries")}
              hint={t("assets.noSeriesHint")}
            />
          ) : (
            <>
              {worstFirst(list, shown).map((each) => (
                <SeriesPanel
                  key={each.id}
                  series={each}
                  span={span}
                  live={zoom ? undefined : live.get(String(each.id))}
                  marks={shown.map((mark) => ({ ...mark, faint: !mark.series.includes(each.id) }))}
                  gaps={gapsOf(each.id, gaps)}
                  onZoom={setZoom}
                />
              ))}
              <OrderStrip assetId={assetId} span={span} />
            </>
          )
        }
      </QueryState>
    </Section>
  );
}
