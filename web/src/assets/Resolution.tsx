import { useTranslation } from "react-i18next";
import classes from "../charts/charts.module.css";
import { count } from "../ui/format";
import type { Shown } from "./api";

/** Says how near to the readings a chart is: every one of them, or fewer that stand for them. */
export function Resolution({ shown }: { shown: Shown }) {
  const { t } = useTranslation();
  if (shown.readings === 0) return null;
  return (
    <span className={classes.resolution} data-step={shown.thinned ? "thinned" : "raw"}>
      {t(shown.thinned ? "charts.thinned" : "charts.raw", { readings: count(shown.readings) })}
    </span>
  );
}
