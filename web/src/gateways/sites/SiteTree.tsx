import { Skeleton } from "@mantine/core";
import { Building2, Gauge, MapPin, Router } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useOpenAlarms } from "../../alarms/api";
import { useMay } from "../../app/session";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorState } from "../../ui/ErrorState";
import { Section } from "../../ui/Section";
import { Severity } from "../../ui/Severity";
import { Tree, type TreeNode } from "../../ui/Tree";
import { useAllGateways, useSites } from "../api";
import classes from "../gateways.module.css";
import { Health as HealthMark } from "../marks";
import { useAllAssets, useAllOrganisations } from "./api";
import { grown, type Health, type SiteOf } from "./grown";

// A tree with few sites is shown open.
const OPEN_MAX = 8;

/** Customers, their sites, their gateways and machines, the worst told at every level. */
export function SiteTree() {
  const { t } = useTranslation();
  const may = useMay();
  const parts = [useAllOrganisations(), useSites(), useAllGateways(), useAllAssets()] as const;
  const alarms = useOpenAlarms(may("alarms.read"));
  const failed = parts.find((part) => part.isError && !part.data);
  if (failed) return <ErrorState error={failed.error} retry={() => void failed.refetch()} />;
  const [organisations, sites, gateways, assets] = parts;
  if (!organisations.data || !sites.data || !gateways.data || !assets.data) {
    return <Skeleton height={320} radius="md" aria-busy="true" />;
  }
  const customers = grown({
    organisations: organisations.data.items,
    sites: sites.data.items,
    gateways: gateways.data.items,
    assets: assets.data.items,
    alarms: alarms.data?.items ?? [],
  });
  const nodes = customers.map(
    (customer): TreeNode => ({
      id: customer.id,
      label: customer.name,
      note: t("gateways.siteCount", { count: customer.sites.length }),
      icon: <Building2 size={15} aria-hidden="true" />,
      mark: <Marks of={customer} />,
      children: customer.sites.map(siteNode),
    }),
  );
  const isSmall = customers.flatMap((each) => each.sites).length <= OPEN_MAX;
  const opened = customers.flatMap((customer) => [
    ...(isSmall || isWrong(customer) ? [customer.id] : []),
    ...customer.sites
      .filter((each) => customers.length === 1 || isWrong(each))
      .map((each) => each.site.id),
  ]);
  return (
    <Section flush testId="site-tree">
      {nodes.length > 0 ? (
        <Tree label={t("gateways.tabs.sites")} nodes={nodes} opened={opened} />
      ) : (
        <EmptyState icon={MapPin} title={t("gateways.noSites")} hint={t("gateways.noSitesHint")} />
      )}
    </Section>
  );
}

const isWrong = (of: Health) =>
  of.alarms !== null || of.gateways === "offline" || of.gateways === "trouble";

function siteNode(of: SiteOf): TreeNode {
  return {
    id: of.site.id,
    label: of.site.name,
    note: of.site.address,
    icon: <MapPin size={15} aria-hidden="true" />,
    mark: <Marks of={of} />,
    children: [
      ...of.gatewaysThere.map(
        ({ gateway, state }): TreeNode => ({
          id: gateway.id,
          label: gateway.name,
          icon: <Router size={15} aria-hidden="true" />,
          link: { to: "/gateways/$gatewayId", params: { gatewayId: gateway.id } },
          mark: <HealthMark state={state} />,
        }),
      ),
      ...of.assetsThere.map(
        ({ asset, alarm }): TreeNode => ({
          id: asset.id,
          label: asset.name,
          note: asset.serial_number,
          icon: <Gauge size={15} aria-hidden="true" />,
          link: { to: "/assets/$assetId", params: { assetId: asset.id } },
          mark: alarm ? <Severity level={alarm} /> : null,
        }),
      ),
    ],
  };
}

function Marks({ of }: { of: Health }) {
  return (
    <span className={classes.inline} style={{ justifyContent: "flex-end" }}>
      {of.alarms ? <Severity level={of.alarms} /> : null}
      {of.gateways ? <HealthMark state={of.gateways} /> : null}
    </span>
  );
}
