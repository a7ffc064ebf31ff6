import { useTranslation } from "react-i18next";
import { perYear } from "../../ui/format";
import type { Calibration } from "./api";

/** How many false alarms a year are expected, and how sure that is. */
export function Expected({ of }: { of: Calibration }) {
  const { t } = useTranslation();
  if (of.mean === null || of.low === null || of.high === null) {
    return <span>{t("calibration.learning")}</span>;
  }
  return (
    <span data-rough={of.rough || undefined}>
      {t("calibration.between", {
        mean: perYear(of.mean),
        low: perYear(of.low),
        high: perYear(of.high),
      })}
    </span>
  );
}
