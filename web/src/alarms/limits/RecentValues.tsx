import { useTranslation } from "react-i18next";
import { useReadings } from "../../assets/api";
import { quantity } from "../../ui/format";
import { useNow } from "../../ui/useNow";
import { against, type Draft, isRate, limitsOf } from "./draft";
import classes from "./limits.module.css";

const DAY_MS = 86_400_000;
const STEP_MS = 600_000;
const [WIDTH, HEIGHT] = [600, 90];

/** The last day of a series with the limits as they would be, and how much of it lies beyond. */
export function RecentValues({ seriesId, draft }: { seriesId: number; draft: Draft }) {
  const { t } = useTranslation();
  const to = Math.ceil(useNow().getTime() / STEP_MS) * STEP_MS;
  const readings = useReadings(seriesId, { from: to - DAY_MS, to });
  const { ts = [], values = [] } = readings.data ?? {};
  const found = against(values, draft);
  if (!readings.data || found.count === 0) {
    return <p className={classes.note}>{readings.data ? t("limits.noRecent") : "…"}</p>;
  }
  const levels = limitsOf(draft).filter(({ kind }) => !isRate(kind));
  const low = Math.min(found.low, ...levels.map(({ setpoint }) => setpoint));
  const high = Math.max(found.high, ...levels.map(({ setpoint }) => setpoint));
  const y = (value: number) => HEIGHT - 4 - ((value - low) / (high - low || 1)) * (HEIGHT - 8);
  const path = ts
    .map((at, index) => ({ at, value: values[index] ?? null }))
    .map(({ at, value }, index, all) => {
      if (value === null) return "";
      const begins = index === 0 || all[index - 1]?.value === null;
      const x = ((at - (to - DAY_MS)) / DAY_MS) * WIDTH;
      return `${begins ? "M" : "L"}${x.toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join("");
  const summary =
    found.beyond > 0
      ? t("limits.beyond", { count: found.beyond, all: found.count })
      : t("limits.within", { low: quantity(found.low), high: quantity(found.high) });
  return (
    <figure className={classes.recent} data-testid="recent-values">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <path d={path} className={classes.line} />
        {levels.map(({ kind, setpoint }) => (
          <line
            key={kind}
            x1={0}
            x2={WIDTH}
            y1={y(setpoint)}
            y2={y(setpoint)}
            className={classes.level}
          />
        ))}
      </svg>
      <figcaption className={classes.note} data-tone={found.beyond > 0 ? "high" : undefined}>
        {summary}
      </figcaption>
    </figure>
  );
}
