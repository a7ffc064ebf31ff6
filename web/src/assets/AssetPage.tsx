import { Skeleton } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { AlarmsOfAsset } from "../alarms/AlarmsOfAsset";
import { CalibrationOfAsset } from "../alarms/calibration/CalibrationOfAsset";
import { SuppressionsOfAsset } from "../alarms/suppressions/SuppressionsOfAsset";
import { useMay, useMe } from "../app/session";
import { ClaimsOfAsset } from "../claims/ClaimsOfAsset";
import { CoverageSection } from "../claims/CoverageSection";
import { FittingsSection } from "../claims/FittingsSection";
import { ComplaintsOfAsset } from "../complaints/ComplaintsOfAsset";
import { OrdersOfAsset } from "../orders/OrdersOfAsset";
import { LinkButton } from "../ui/LinkButton";
import { Page, TwoColumns } from "../ui/Page";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { useEnum } from "../ui/useEnum";
import { AlarmMark } from "./AlarmMark";
import { AssetFacts } from "./AssetFacts";
import { useAsset } from "./api";
import { LiveCharts } from "./LiveCharts";
import { ModeSection } from "./modes/ModeSection";
import { RedundantSensors } from "./redundancy/RedundantSensors";

/** One machine: how it runs, what was done to it, what it is covered for. */
export function AssetPage() {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay();
  const isCustomer = useMe().organisation.kind === "customer";
  const { assetId } = useParams({ from: "/assets/$assetId" });
  const asset = useAsset(assetId);
  const crumbs = [{ label: t("assets.title"), to: "/assets" as const }];
  return (
    <QueryState
      query={asset}
      skeleton={
        <Page title={t("common.asset")} crumbs={crumbs}>
          <Skeleton height={520} radius="md" />
        </Page>
      }
    >
      {(found) => (
        <Page
          crumbs={crumbs}
          title={found.name}
          subtitle={`${found.serial_number} · ${found.model_code} · ${word("equipmentClass", found.equipment_class)}`}
          marks={<AlarmMark assetId={found.id} silent />}
          actions={
            <>
              {may("assets.write") && may("telemetry.read") ? (
                <LinkButton
                  to="/alarms/backtests"
                  search={{ asset: found.id, begin: "true" }}
                  variant="default"
                >
                  {t("backtests.ofAsset")}
                </LinkButton>
              ) : null}
              {may("alarms.read") ? (
                <LinkButton
                  to="/assets/$assetId/limits"
                  params={{ assetId: found.id }}
                  variant="default"
                >
                  {t("limits.title")}
                </LinkButton>
              ) : null}
              {may("telemetry.read") ? (
                <LinkButton
                  to="/assets/$assetId/states"
                  params={{ assetId: found.id }}
                  variant="default"
                >
                  {t("states.title")}
                </LinkButton>
              ) : null}
              {may("claims.submit") ? (
                <LinkButton to="/claims/new" search={{ asset: found.id }} variant="default">
                  {t("claims.new")}
                </LinkButton>
              ) : null}
              {may("complaints.create") ? (
                <LinkButton to="/complaints/new" search={{ asset: found.id }} variant="default">
                  {t(isCustomer ? "complaints.ownTitle" : "complaints.new")}
                </LinkButton>
              ) : null}
            </>
          }
        >
          <TwoColumns
            main={
              <>
                {may("telemetry.read") ? (
                  <LiveCharts assetId={found.id} siteId={found.site_id} />
                ) : null}
                {may("alarms.read") ? <AlarmsOfAsset assetId={found.id} /> : null}
                {may("claims.read") ? <FittingsSection assetId={found.id} /> : null}
              </>
            }
            side={
              <>
                <Section title={t("tickets.facts")}>
                  <AssetFacts asset={found} />
                </Section>
                {may("alarms.read") ? <ModeSection assetId={found.id} /> : null}
                {may("alarms.read") && may("telemetry.read") ? (
                  <RedundantSensors assetId={found.id} />
                ) : null}
                {may("claims.read") ? <CoverageSection assetId={found.id} /> : null}
                {may("alarms.read") ? (
                  <>
                    <SuppressionsOfAsset assetId={found.id} name={found.name} />
                    <CalibrationOfAsset assetId={found.id} />
                  </>
                ) : null}
                <OrdersOfAsset assetId={found.id} title={t("orders.title")} />
                <ComplaintsOfAsset assetId={found.id} title={t("complaints.title")} />
                {may("claims.read") ? <ClaimsOfAsset assetId={found.id} /> : null}
              </>
            }
          />
        </Page>
      )}
    </QueryState>
  );
}
