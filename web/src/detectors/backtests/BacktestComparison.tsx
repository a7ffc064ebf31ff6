import { useTranslation } from "react-i18next";
import performance from "../../alarms/performance/performance.module.css";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { count, duration, shortTime } from "../../ui/format";
import { AlarmLink, OrderLink } from "../../ui/links";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import { useEnum } from "../../ui/useEnum";
import { useLocal } from "../../ui/useLocal";
import { type Comparison, useComparison } from "./api";
import classes from "./backtests.module.css";
import { figuresOf, type Happened, happenedOf } from "./comparing";
import type { Backtest } from "./draft";

/** What was raised and opened in that span, and what of it the detector would have told. */
export function BacktestComparison({ backtest }: { backtest: Backtest }) {
  const { t } = useTranslation();
  const found = useComparison(backtest.id);
  return (
    <Section title={t("backtests.compared")} flush testId="backtest-comparison">
      <QueryState query={found} height={200} small>
        {(comparison) => <Compared comparison={comparison} />}
      </QueryState>
    </Section>
  );
}

function Compared({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation();
  const word = useEnum();
  const local = useLocal();
  const of = figuresOf(comparison);
  const outOf = (part: { told: number; all: number }) =>
    t("backtests.outOf", { told: count(part.told), all: count(part.all) });
  const figures = [
    { key: "raised", value: outOf(of.raised) },
    { key: "true", value: outOf(of.confirmed) },
    { key: "false", value: outOf(of.unwanted) },
    { key: "opened", value: outOf(of.opened) },
    { key: "extra", value: count(comparison.extra.length) },
  ] as const;
  const columns: Column<Happened>[] = [
    {
      key: "what",
      header: t("backtests.happened"),
      width: "40%",
      phone: "main",
      cell: (row) =>
        row.kind === "alarm" ? (
          <AlarmLink id={row.id}>{local(row.summary)}</AlarmLink>
        ) : (
          <span>
            <OrderLink id={row.id} number={row.number} /> {word("failureMode", row.failureMode)}
          </span>
        ),
    },
    { key: "at", header: t("common.since"), cell: (row) => shortTime(new Date(row.at)) },
    {
      key: "verdict",
      header: t("alarms.verdict"),
      cell: (row) =>
        row.kind === "alarm" ? (row.verdict ? word("alarmVerdict", row.verdict) : null) : null,
    },
    {
      key: "told",
      header: t("backtests.wouldBeTold"),
      phone: "side",
      cell: (row) => (
        <span data-told={row.outcome}>
          {t(`backtests.outcome.${row.outcome}`)}
          {row.aheadS !== null && row.aheadS >= 60
            ? ` · ${t("backtests.ahead", { duration: duration(row.aheadS) })}`
            : null}
        </span>
      ),
    },
  ];
  return (
    <>
      <div className={`${performance.figures} ${classes.inset}`}>
        {figures.map((each) => (
          <dl key={each.key} className={performance.figure} data-figure={each.key}>
            <dt>{t(`backtests.compare.${each.key}`)}</dt>
            <dd>{each.value}</dd>
          </dl>
        ))}
      </div>
      {comparison.cut ? <p className={classes.note}>{t("backtests.comparedCut")}</p> : null}
      <DataTable
        label={t("backtests.compared")}
        columns={columns}
        rows={happenedOf(comparison)}
        rowKey={(row) => row.id}
        empty={<EmptyState small title={t("backtests.nothingHappened")} />}
      />
    </>
  );
}
