import { Skeleton } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { OrdersOfAsset } from "../orders/OrdersOfAsset";
import tickets from "../tickets/tickets.module.css";
import { Facts } from "../ui/Facts";
import { AssetLink } from "../ui/links";
import { Page, TwoColumns } from "../ui/Page";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { Severity } from "../ui/Severity";
import { ShortId } from "../ui/ShortId";
import { StatusChip } from "../ui/StatusChip";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { useLocal } from "../ui/useLocal";
import { AlarmActions } from "./AlarmActions";
import { AlarmChart } from "./AlarmChart";
import { type Alarm, useAlarm } from "./api";
import { CauseFacts } from "./CauseFacts";
import { Contributors } from "./Contributors";
import { HiddenBy } from "./HiddenBy";
import { Journal } from "./Journal";
import { Rationale } from "./Rationale";
import { SimilarEpisodes } from "./SimilarEpisodes";
import { VerdictPanel } from "./Verdict";

/** One alarm: what was broken, what contributes, who took note. */
export function AlarmPage() {
  const { t } = useTranslation();
  const word = useEnum();
  const local = useLocal();
  const { alarmId } = useParams({ from: "/alarms/$alarmId" });
  const alarm = useAlarm(alarmId);
  const crumbs = [{ label: t("alarms.title"), to: "/alarms" as const }];
  return (
    <QueryState
      query={alarm}
      skeleton={
        <Page title={t("alarms.alarm")} crumbs={crumbs}>
          <Skeleton height={420} radius="md" />
        </Page>
      }
    >
      {(found) => (
        <Page
          crumbs={crumbs}
          title={
            found.failure_mode === "unspecified"
              ? word("record", found.cause.record)
              : word("failureMode", found.failure_mode)
          }
          marks={
            <>
              <Severity level={found.severity} />
              <StatusChip of="isaState" state={found.isa_state} />
            </>
          }
          subtitle={
            found.historical
              ? `${local(found.summary)} ${t("alarms.foundInHistory")}`
              : local(found.summary)
          }
          actions={<AlarmActions alarm={found} />}
        >
          <TwoColumns
            main={
              <>
                <Section title={t("alarms.cause")}>
                  <CauseFacts cause={found.cause} since={found.onset_at} />
                  <AlarmChart
                    assetId={found.asset_id}
                    cause={found.cause}
                    onsetAt={found.onset_at}
                    clearedAt={found.returned_at}
                    severity={found.severity}
                  />
                  <p className={tickets.quiet}>{t("charts.bandHint")}</p>
                </Section>
                <Section title={t("alarms.judgeTitle")}>
                  <VerdictPanel alarm={found} />
                </Section>
                <Section title={t("alarms.contributors")} flush>
                  <Contributors items={found.contributors} />
                </Section>
                <SimilarEpisodes alarmId={found.id} />
                <Journal alarmId={found.id} />
              </>
            }
            side={
              <>
                <Rationale alarmId={found.id} />
                <Section title={t("tickets.facts")}>
                  <HiddenBy alarm={found} />
                  <AlarmFacts alarm={found} />
                </Section>
                <OrdersOfAsset assetId={found.asset_id} title={t("alarms.ordersOfAsset")} />
              </>
            }
          />
        </Page>
      )}
    </QueryState>
  );
}

function AlarmFacts({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation();
  const word = useEnum();
  return (
    <Facts
      items={[
        {
          label: t("common.asset"),
          value: (
            <AssetLink id={alarm.asset_id} name={alarm.asset_name} serial={alarm.asset_serial} />
          ),
        },
        { label: t("alarms.category"), value: word("alarmCategory", alarm.category) },
        { label: t("tickets.failureMode"), value: word("failureMode", alarm.failure_mode) },
        { label: t("alarms.onset"), value: <TimeAgo at={alarm.onset_at} exact /> },
        { label: t("alarms.raised"), value: <TimeAgo at={alarm.raised_at} exact /> },
        { label: t("alarms.returned"), value: <TimeAgo at={alarm.returned_at} exact /> },
        { label: t("alarms.acknowledgedBy"), value: alarm.acknowledged_by_name },
        alarm.occurrences > 1 && { label: t("alarms.occurrences"), value: alarm.occurrences },
        { label: t("alarms.detector"), value: alarm.detector },
        { label: t("tickets.id"), value: <ShortId id={alarm.id} /> },
      ]}
    />
  );
}
