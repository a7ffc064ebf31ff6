import { useTranslation } from "react-i18next";
import { DataTable } from "../../ui/DataTable";
import { Section } from "../../ui/Section";
import { TimeAgo } from "../../ui/TimeAgo";
import { type Gateway, useAllGateways } from "../api";
import { isUnfinished, stepOf } from "./steps";

/** Sites that somebody began to connect: the platform knows how far they came. */
export function Unfinished() {
  const { t } = useTranslation();
  const gateways = useAllGateways();
  const rows = gateways.data?.items.filter(isUnfinished);
  if (!rows?.length) return null;
  const stepWords = (gateway: Gateway) =>
    t(`connect.steps.${stepOf({ gateway, organisationId: null, siteId: null, chosen: 0 })}`);
  return (
    <Section title={t("connect.unfinished")} flush testId="unfinished">
      <DataTable<Gateway>
        label={t("connect.unfinished")}
        rows={rows}
        rowKey={(row) => row.id}
        rowLink={(row) => ({ to: "/gateways/connect", search: { gateway: row.id } })}
        empty={null}
        columns={[
          { key: "name", header: t("gateways.gateway"), phone: "main", cell: (row) => row.name },
          { key: "customer", header: t("common.customer"), cell: (row) => row.organisation_name },
          { key: "next", header: t("connect.next"), cell: stepWords },
          {
            key: "since",
            header: t("common.created"),
            cell: (row) => <TimeAgo at={row.created_at} />,
          },
        ]}
      />
    </Section>
  );
}
