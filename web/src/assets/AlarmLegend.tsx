import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import classes from "../charts/charts.module.css";
import { isSeverity, SeverityMark } from "../ui/Severity";
import type { AlarmMarked } from "./useAlarmMarks";

const SHOWN_MAX = 6;

/** The alarms that are marked in the charts, each leading to its own page. */
export function AlarmLegend({ assetId, marks }: { assetId: string; marks: AlarmMarked[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  if (marks.length === 0) return null;
  const more = marks.length - SHOWN_MAX;
  return (
    <div className={classes.legend} data-testid="chart-alarms">
      {marks.slice(0, SHOWN_MAX).map((mark) => (
        <button
          key={mark.id}
          type="button"
          onClick={() => void navigate({ to: "/alarms/$alarmId", params: { alarmId: mark.id } })}
        >
          {isSeverity(mark.level) ? <SeverityMark level={mark.level} /> : null}
          {mark.label}
        </button>
      ))}
      {more > 0 ? (
        <Link to="/alarms" search={{ asset: assetId, side: "all" }}>
          {t("charts.moreAlarms", { count: more })}
        </Link>
      ) : null}
    </div>
  );
}
