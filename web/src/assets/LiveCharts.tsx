import { Activity } from "lucide-react";
import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import classes from "../charts/charts.module.css";
import type { Mark, Span } from "../charts/types";
import { moved, spanOfKey } from "../charts/zoom";
import { useLiveReadings } from "../live/useLiveReadings";
import { EmptyState } from "../ui/EmptyState";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { AlarmLegend } from "./AlarmLegend";
import { type SeriesWithLatest, useGaps, useSeries } from "./api";
import { ChartTools } from "./ChartTools";
import { useExpectedOfAsset, useReadingsOfAsset } from "./charts";
import { GapLegend } from "./GapLegend";
import { gapsOf } from "./gaps";
import { MaintenanceStrip } from "./MaintenanceStrip";
import { OrderStrip } from "./OrderStrip";
import { SeriesPanel } from "./SeriesPanel";
import { type AlarmMarked, useAlarmMarks } from "./useAlarmMarks";
import { useChartSpan } from "./useChartSpan";
import { useMaintenance } from "./useMaintenance";

// Grey: that somebody works on a machine is not abnormal.
const MAINTENANCE = { level: "maintenance", label: "", faint: true };

/** Series that have a part in an alarm come first, so that nobody has to look for them. */
function worstFirst(series: SeriesWithLatest[], marks: AlarmMarked[]): SeriesWithLatest[] {
  const deviating = [...new Set(marks.flatMap((mark) => mark.series))];
  const rank = (id: number) => (deviating.includes(id) ? deviating.indexOf(id) : deviating.length);
  return [...series].sort((one, other) => rank(one.id) - rank(other.id));
}

/** Every series of a machine, one under another on one time axis, live, with its alarms marked. */
export function LiveCharts({ assetId, siteId }: { assetId: string; siteId: string | null }) {
  const { t } = useTranslation();
  const may = useMay();
  const shown = useChartSpan(assetId);
  const { span, latest, zoomed, look } = shown;
  const series = useSeries(assetId);
  const live = useLiveReadings(assetId);
  const marks = useAlarmMarks(assetId, span, may("alarms.read"));
  const maintenance = useMaintenance(assetId, siteId);
  const readings = useReadingsOfAsset(assetId, span);
  const expected = useExpectedOfAsset(assetId, span);
  const gaps = useGaps(assetId, span).data ?? [];
  const marksOf = (seriesId: number): Mark[] => [
    ...maintenance.map(({ id, from, to }) => ({ id, from, to, ...MAINTENANCE })),
    ...marks.map((mark) => ({ ...mark, faint: !mark.series.includes(seriesId) })),
  ];
  // Fingers and brushes may reach past the end.
  const zoom = (chosen: Span) => look(moved(chosen, 0, latest), true);
  const typed = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target !== event.currentTarget) return;
    const next = spanOfKey(event.key, span, latest);
    if (next === undefined) return;
    event.preventDefault();
    look(next);
  };
  return (
    <Section
      title={t("assets.readings")}
      flush
      testId="live-charts"
      aside={<ChartTools shown={shown} seriesIds={series.data?.map(({ id }) => id) ?? []} />}
    >
      <AlarmLegend assetId={assetId} marks={marks} />
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
            <div
              role="application"
              className={classes.stack}
              aria-label={t("charts.byKeys")}
              // biome-ignore lint/a11y/noNoninteractiveTabindex: keys move and zoom all charts in it at once
              tabIndex={0}
              onKeyDown={typed}
              data-testid="chart-stack"
            >
              {worstFirst(list, marks).map((each) => (
                <SeriesPanel
                  key={each.id}
                  series={each}
                  span={span}
                  readings={readings}
                  band={expected.get(each.id) ?? null}
                  live={zoomed ? undefined : live.get(String(each.id))}
                  marks={marksOf(each.id)}
                  gaps={gapsOf(each.id, gaps)}
                  onZoom={zoom}
                />
              ))}
              <MaintenanceStrip spans={maintenance} span={span} />
              <OrderStrip assetId={assetId} span={span} />
              <p className={classes.keys}>{t("charts.keys")}</p>
            </div>
          )
        }
      </QueryState>
    </Section>
  );
}
