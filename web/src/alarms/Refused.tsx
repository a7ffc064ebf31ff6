import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { useCodeWords } from "../api/useProblemWords";
import classes from "./alarms.module.css";

/** Which of many alarms were left as they are, and why. */
export function Refused({
  refused,
  nameOf,
}: {
  refused: Schemas["RefusedAlarm"][];
  nameOf: (id: string) => string;
}) {
  const { t } = useTranslation();
  const wordsOf = useCodeWords();
  if (refused.length === 0) return null;
  return (
    <div role="alert" className={classes.refused} data-testid="refused">
      <strong>{t("alarms.refused", { count: refused.length })}</strong>
      <ul>
        {refused.map((each) => (
          <li key={each.alarm_id}>
            {nameOf(each.alarm_id)}: {wordsOf(each.code) ?? each.detail}
          </li>
        ))}
      </ul>
    </div>
  );
}
