import { useTranslation } from "react-i18next";
import { quantity } from "../../ui/format";
import type { Limit } from "./draft";
import classes from "./limits.module.css";

const SHORT = { hh: "HH", h: "H", l: "L", ll: "LL", rise: "↑", fall: "↓" } as const;

/** Limits in a row of a table, the highest first. */
export function SetLimits({ limits, unit = "" }: { limits: Limit[]; unit?: string }) {
  const { t } = useTranslation();
  if (limits.length === 0) return <span className={classes.note}>{t("limits.none")}</span>;
  return (
    <span className={classes.set}>
      {limits.map(({ kind, setpoint }) => (
        <span key={kind} title={t(`limits.kinds.${kind}`)}>
          <strong>{SHORT[kind]}</strong> {quantity(setpoint)} {unit}
        </span>
      ))}
    </span>
  );
}
