import { useTranslation } from "react-i18next";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import classes from "./alarms.module.css";
import type { Alarm } from "./api";

/** Why nobody is told of an alarm, by whom and until when; nothing where people are. */
export function HiddenBy({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation();
  const word = useEnum();
  const hidden = alarm.hidden_by;
  if (!hidden) return null;
  return (
    <div className={classes.hidden} data-kind={hidden.kind}>
      <span>
        {word("suppressionKind", hidden.kind)}
        {hidden.until ? (
          <>
            {" · "}
            {t("alarms.until")} <TimeAgo at={hidden.until} exact />
          </>
        ) : null}
      </span>
      <span className={classes.hiddenReason}>
        {hidden.reason} · {hidden.by_name}
      </span>
    </div>
  );
}
