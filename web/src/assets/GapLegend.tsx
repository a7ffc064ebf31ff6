import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import classes from "../charts/charts.module.css";
import { duration } from "../ui/format";
import { useEnum } from "../ui/useEnum";

/** Says what the hatched spans are, and why readings are missing there. */
export function GapLegend({ gaps }: { gaps: Schemas["GapView"][] }) {
  const { t } = useTranslation();
  const word = useEnum();
  if (gaps.length === 0) return null;
  const seconds = new Map<string, number>();
  for (const { reason, started_at, ended_at } of gaps) {
    const length = (new Date(ended_at).getTime() - new Date(started_at).getTime()) / 1000;
    seconds.set(reason, Math.max(seconds.get(reason) ?? 0, length));
  }
  return (
    <div className={classes.legend} data-testid="chart-gaps">
      <span className={classes.hatched} aria-hidden="true" />
      <span>{t("charts.gaps")}</span>
      {[...seconds].map(([reason, longest]) => (
        <span key={reason}>
          {word("gapReason", reason)} · {t("charts.longest", { duration: duration(longest) })}
        </span>
      ))}
    </div>
  );
}
