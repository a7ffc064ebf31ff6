import { useTranslation } from "react-i18next";
import { count } from "../../ui/format";
import { useEnum } from "../../ui/useEnum";
import type { Outcome } from "./outcome";

/** How many readings were stored, and what stays for which reason. */
export function OutcomeList({ stored, remaining, failed }: Omit<Outcome, "entries" | "resolved">) {
  const { t } = useTranslation();
  const word = useEnum();
  const why = (code: string) => word("quarantineReason", code);
  return (
    <>
      <strong>{t("gateways.replayed", { stored: count(stored) })}</strong>
      <ul style={{ margin: "4px 0 0", paddingLeft: 18 }}>
        {Object.entries(remaining).map(([code, readings]) => (
          <li key={code}>{t("gateways.stays", { readings: count(readings), why: why(code) })}</li>
        ))}
        {Object.entries(failed).map(([code, messages]) => (
          <li key={code}>
            {t("gateways.messagesFailed", { messages: count(messages), why: why(code) })}
          </li>
        ))}
      </ul>
    </>
  );
}
