import { Select } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Contributors } from "../../alarms/Contributors";
import type { Schemas } from "../../api/client";
import { useSeries } from "../../assets/api";
import type { Span } from "../../charts/types";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { duration, shortTime } from "../../ui/format";
import { Section } from "../../ui/Section";
import { Severity } from "../../ui/Severity";
import { useEnum } from "../../ui/useEnum";
import { useLocal } from "../../ui/useLocal";
import { rowsOf } from "../../ui/usePaged";
import { type BacktestAlarm, useBacktestAlarms } from "./api";
import { BacktestChart } from "./BacktestChart";
import classes from "./backtests.module.css";
import type { Backtest } from "./draft";

interface Props {
  backtest: Backtest;
  machine: Schemas["BacktestAssetView"];
}

const HOUR = 3_600_000;
const time = (iso: string) => new Date(iso).getTime();

/** The span in which an alarm is looked at: as long before and after as it lasted, an hour at least. */
function around(alarm: BacktestAlarm, whole: Span): Span {
  const from = time(alarm.onset_at);
  const to = alarm.returned_at ? time(alarm.returned_at) : whole.to;
  const beside = Math.max(to - from, HOUR);
  return { from: Math.max(from - beside, whole.from), to: Math.min(to + beside, whole.to) };
}

/** One machine: the alarms there would have been, drawn on its readings and as a table. */
export function BacktestMachine({ backtest, machine }: Props) {
  const { t } = useTranslation();
  const local = useLocal();
  const word = useEnum();
  const whole = useMemo(
    () => ({ from: time(backtest.begins_at), to: time(backtest.ends_at) }),
    [backtest.begins_at, backtest.ends_at],
  );
  const alarms = useBacktestAlarms(backtest.id, machine.asset_id);
  const { rows, ...list } = rowsOf(alarms);
  const series = useSeries(machine.asset_id);
  const [chosen, setChosen] = useState<number | null>(null);
  const [seriesId, setSeriesId] = useState<number | null>(null);
  const [span, setSpan] = useState<Span>(whole);
  const opened = rows?.find(({ number }) => number === chosen);
  const shownSeries =
    seriesId ?? opened?.cause.series_id ?? rows?.[0]?.cause.series_id ?? series.data?.[0]?.id;
  const open = (alarm: BacktestAlarm) => {
    setChosen(alarm.number);
    setSeriesId(alarm.cause.series_id);
    setSpan(around(alarm, whole));
  };
  const columns: Column<BacktestAlarm>[] = [
    {
      key: "severity",
      header: t("alarms.severity"),
      phone: "side",
      cell: (row) => <Severity level={row.severity} />,
    },
    {
      key: "what",
      header: t("backtests.alarm"),
      width: "44%",
      phone: "main",
      cell: (row) => local(row.summary),
    },
    {
      key: "mode",
      header: t("tickets.failureMode"),
      cell: (row) => word("failureMode", row.failure_mode),
    },
    {
      key: "onset",
      header: t("common.since"),
      cell: (row) => shortTime(new Date(row.onset_at)),
    },
    {
      key: "lasted",
      header: t("backtests.lasted"),
      cell: (row) =>
        row.returned_at
          ? duration((time(row.returned_at) - time(row.onset_at)) / 1000)
          : t("backtests.toTheEnd"),
    },
  ];
  return (
    <>
      <Section
        title={t("backtests.chart")}
        aside={
          <Select
            size="xs"
            aria-label={t("alarms.series")}
            data={(series.data ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
            value={shownSeries === undefined ? null : String(shownSeries)}
            allowDeselect={false}
            onChange={(value) => value && setSeriesId(Number(value))}
            data-testid="field-series"
          />
        }
        flush
        testId="backtest-chart"
      >
        <BacktestChart
          machine={machine}
          alarms={rows ?? []}
          series={series.data?.find(({ id }) => id === shownSeries)}
          whole={whole}
          span={span}
          onSpan={setSpan}
          onOpen={open}
        />
        <Warmth machine={machine} />
      </Section>
      <Section title={t("backtests.alarms")} flush testId="backtest-alarms">
        <DataTable
          label={t("backtests.alarms")}
          columns={columns}
          rows={rows}
          rowKey={(row) => String(row.number)}
          onOpen={open}
          rowTone={(row) => (row.number === chosen ? row.severity : undefined)}
          empty={
            <EmptyState
              small
              title={t("backtests.noAlarms")}
              hint={machine.judged_from ? undefined : t("backtests.neverWarm")}
            />
          }
          {...list}
        />
        {opened ? (
          <div className={classes.opened} data-testid="backtest-contributors">
            <p className={classes.note}>{local(opened.summary)}</p>
            <Contributors items={opened.contributors} />
          </div>
        ) : null}
      </Section>
    </>
  );
}

/** What was learnt from and so could not be judged, in words. */
function Warmth({ machine }: Pick<Props, "machine">) {
  const { t } = useTranslation();
  const { judged_from: from, warm_at: last, cold_series: cold, left_out: leftOut } = machine;
  if (!from) return <p className={classes.note}>{t("backtests.neverWarm")}</p>;
  return (
    <p className={classes.note}>
      {t("backtests.warmUp", { at: shortTime(new Date(from)) })}{" "}
      {last && last !== from ? t("backtests.allWarm", { at: shortTime(new Date(last)) }) : null}{" "}
      {cold > 0 ? t("backtests.cold", { count: cold }) : null}{" "}
      {leftOut > 0 ? t("backtests.instants", { count: leftOut }) : null}
    </p>
  );
}
