import { useTranslation } from "react-i18next";
import performance from "../../alarms/performance/performance.module.css";
import { count, percent } from "../../ui/format";
import classes from "./backtests.module.css";
import type { Backtest } from "./draft";

const small = (value: number) =>
  value > 0 && value < 0.01 ? "<0.01" : String(Math.round(value * 100) / 100);
const share = (part: number) => (part > 0 && part < 0.01 ? "<1 %" : percent(part));

/** What it comes to: how many alarms, how often, for how long, and on how much. */
export function BacktestFigures({ backtest }: { backtest: Backtest }) {
  const { t } = useTranslation();
  const { alarms_per_month: rate, in_alarm: part, readings_per_s: pace } = backtest;
  const cut = backtest.alarms_found - backtest.alarms_kept;
  const figures = [
    {
      key: "alarms",
      value: count(backtest.alarms_found),
      note: cut > 0 ? t("backtests.cut", { count: cut }) : t("backtests.allKept"),
    },
    { key: "rate", value: rate === null ? "–" : small(rate), note: t("backtests.perMonth") },
    { key: "inAlarm", value: part === null ? "–" : share(part), note: t("backtests.ofJudged") },
    {
      key: "readings",
      value: count(backtest.readings),
      note: pace === null ? "" : t("backtests.pace", { pace: count(Math.round(pace)) }),
    },
  ] as const;
  return (
    <>
      <div className={performance.figures} data-testid="backtest-figures">
        {figures.map((each) => (
          <dl key={each.key} className={performance.figure} data-figure={each.key}>
            <dt>{t(`backtests.figures.${each.key}`)}</dt>
            <dd>{each.value}</dd>
            <dd className={performance.figureNote}>{each.note}</dd>
          </dl>
        ))}
      </div>
      {backtest.assets_left_out > 0 ? (
        <p className={classes.note}>
          {t("backtests.leftOut", { count: backtest.assets_left_out })}
        </p>
      ) : null}
    </>
  );
}
