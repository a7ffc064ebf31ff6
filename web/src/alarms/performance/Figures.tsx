import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { count, duration, percent } from "../../ui/format";
import { useEnum } from "../../ui/useEnum";
import classes from "./performance.module.css";

type Performance = Schemas["AlarmPerformance"];

const LOADS: Record<Performance["rate"]["load"], string | undefined> = {
  acceptable: undefined,
  manageable: "medium",
  over_demanding: "high",
  unacceptable: "critical",
};
const PEAKS: Record<Performance["rate"]["peak"], string | undefined> = {
  manageable: undefined,
  hard: "high",
  excessive: "critical",
};
// ISA-18.2 asks for less than a hundredth of the time in flood.
const FLOOD_PART_MAX = 0.01;

const rate = (value: number) =>
  value > 0 && value < 0.01 ? "<0.01" : String(Math.round(value * 100) / 100);

/** The figures of a span, each with what EEMUA 191 and ISA-18.2 make of it. */
export function Figures({ found }: { found: Performance }) {
  const { t } = useTranslation();
  const word = useEnum();
  const { rate: told } = found;
  const share = (part: number) => (part > 0 && part < 0.01 ? "<1 %" : percent(part));
  const figures = [
    {
      key: "average",
      value: rate(told.average),
      note: word("alarmLoad", told.load),
      tone: LOADS[told.load],
    },
    {
      key: "most",
      value: count(told.most),
      note: word("alarmPeak", told.peak),
      tone: PEAKS[told.peak],
    },
    {
      key: "floods",
      value: share(told.flood_part),
      note: t("performance.floodCount", { count: told.floods }),
      tone: told.flood_part >= FLOOD_PART_MAX ? "high" : undefined,
    },
    {
      key: "told",
      value: count(told.told),
      note: t("performance.fleeting", { count: found.fleeting }),
    },
    {
      key: "stale",
      value: count(found.stale),
      note: t("performance.staleNote"),
      tone: found.stale > 0 ? "medium" : undefined,
    },
    {
      key: "acknowledge",
      value: found.acknowledge_median_s == null ? "–" : duration(found.acknowledge_median_s),
      note:
        found.acknowledge_slow_s == null
          ? t("performance.noneAcknowledged")
          : t("performance.slow", { duration: duration(found.acknowledge_slow_s) }),
    },
  ] as const;
  return (
    <div className={classes.figures} data-testid="figures">
      {figures.map((each) => (
        <dl
          key={each.key}
          className={classes.figure}
          data-tone={"tone" in each ? each.tone : undefined}
          data-figure={each.key}
        >
          <dt>{t(`performance.figures.${each.key}`)}</dt>
          <dd>{each.value}</dd>
          <dd className={classes.figureNote}>{each.note}</dd>
        </dl>
      ))}
    </div>
  );
}
