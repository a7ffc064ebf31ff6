import { useTranslation } from "react-i18next";
import classes from "../charts/charts.module.css";
import { count } from "../ui/format";
import type { Shown } from "./charts";

function stepOf({ resolution, thinned }: Shown) {
  if (resolution !== "raw") return resolution;
  return thinned ? "thinned" : "raw";
}

/** Says how near to the readings a chart is: every one of them, or fewer that stand for them. */
export function Resolution({ shown }: { shown: Shown }) {
  const { t } = useTranslation();
  if (shown.readings === 0) return null;
  const step = stepOf(shown);
  return (
    <span className={classes.resolution} data-step={step}>
      {t(`charts.steps.${step}`, { readings: count(shown.readings) })}
    </span>
  );
}
