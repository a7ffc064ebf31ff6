import { useTranslation } from "react-i18next";
import { AlarmChart } from "../alarms/AlarmChart";
import { CauseFacts } from "../alarms/CauseFacts";
import type { TicketDetail } from "../tickets/api";
import tickets from "../tickets/tickets.module.css";
import { AlarmLink } from "../ui/links";
import { Section } from "../ui/Section";
import { Severity } from "../ui/Severity";
import { TimeAgo } from "../ui/TimeAgo";
import { useLocal } from "../ui/useLocal";

/** Why the platform asked for this order: the alarm in words, and the chart it was raised on. */
export function ReasonSection({ detail }: { detail: TicketDetail }) {
  const { t } = useTranslation();
  const local = useLocal();
  const newest = detail.alarms[0];
  if (!newest || !detail.asset_id) return null;
  return (
    <Section
      title={t("orders.reason")}
      aside={detail.alarm_count > 1 ? t("orders.alarmCount", { count: detail.alarm_count }) : null}
      testId="order-reason"
    >
      <p className={tickets.prose}>{local(newest.summary)}</p>
      <CauseFacts cause={newest.cause} since={newest.onset_at} />
      <AlarmChart
        assetId={detail.asset_id}
        cause={newest.cause}
        onsetAt={newest.onset_at}
        clearedAt={newest.cleared_at}
        severity={newest.severity}
      />
      <ul className={tickets.links}>
        {detail.alarms.slice(0, 5).map((alarm) => (
          <li key={alarm.alarm_id}>
            <Severity level={alarm.severity} />
            <AlarmLink id={alarm.alarm_id}>{t("orders.openAlarm")}</AlarmLink>
            <span className={tickets.linkedTitle}>
              <TimeAgo at={alarm.raised_at} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
