import { useTranslation } from "react-i18next";
import { DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { duration } from "../../ui/format";
import { Section } from "../../ui/Section";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { rowsOf } from "../../ui/usePaged";
import { type GatewayAlarm, useGatewayAlarms } from "../api";
import classes from "../gateways.module.css";

/** What was wrong with a gateway and for how long, the latest first. */
export function Happenings({ gatewayId }: { gatewayId: string }) {
  const { t } = useTranslation();
  const word = useEnum();
  const alarms = useGatewayAlarms(gatewayId);
  return (
    <Section title={t("gateways.happenings")} flush testId="gateway-alarms">
      <DataTable<GatewayAlarm>
        label={t("gateways.happenings")}
        rowKey={(row) => row.id}
        expect={2}
        empty={<EmptyState small title={t("gateways.noHappenings")} />}
        columns={[
          {
            key: "kind",
            header: t("gateways.why"),
            phone: "main",
            cell: (row) => word("gatewayAlarm", row.kind),
          },
          {
            key: "from",
            header: t("common.since"),
            cell: (row) => <TimeAgo at={row.raised_at} exact />,
          },
          {
            key: "for",
            header: t("gateways.lasted"),
            phone: "side",
            cell: (row) =>
              row.cleared_at ? (
                duration(
                  (new Date(row.cleared_at).getTime() - new Date(row.raised_at).getTime()) / 1000,
                )
              ) : (
                <span className={classes.strong}>{t("gateways.goesOn")}</span>
              ),
          },
        ]}
        {...rowsOf(alarms)}
      />
    </Section>
  );
}
