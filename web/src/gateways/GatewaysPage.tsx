import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../app/session";
import { LinkButton } from "../ui/LinkButton";
import { Page } from "../ui/Page";
import { Tabs } from "../ui/Tabs";
import { GatewayTable } from "./GatewayTable";
import { Quarantine } from "./quarantine/Quarantine";
import { SiteTree } from "./sites/SiteTree";
import { ThirdParty } from "./sources/ThirdParty";

const TABS = ["gateways", "sites", "quarantine", "sources"] as const;

/** The agents at customers' sites, what of theirs could not be stored, and who else publishes. */
export function GatewaysPage() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const filters = useSearch({ from: "/gateways" });
  const shown = TABS.find((tab) => tab === filters.tab) ?? "gateways";
  const isCustomer = useMe().organisation.kind === "customer";
  const set = (change: Partial<typeof filters>) =>
    void navigate({ to: "/gateways", search: { ...filters, ...change }, replace: true });
  const tabs = TABS.filter(
    (tab) => (tab !== "sites" || may("assets.read")) && (tab !== "sources" || !isCustomer),
  );
  return (
    <Page
      title={t("gateways.title")}
      actions={
        may("gateways.manage") ? (
          <LinkButton to="/gateways/connect" data-testid="connect-site">
            {t("connect.title")}
          </LinkButton>
        ) : null
      }
    >
      <Tabs
        label={t("gateways.title")}
        tabs={tabs.map((value) => ({ value, label: t(`gateways.tabs.${value}`) }))}
        value={shown}
        onChange={(value) =>
          void navigate({ to: "/gateways", search: { tab: value }, replace: true })
        }
      />
      {shown === "gateways" ? (
        <GatewayTable wish={filters} isCustomer={isCustomer} onWish={set} />
      ) : null}
      {shown === "sites" ? <SiteTree /> : null}
      {shown === "quarantine" ? (
        <Quarantine isCustomer={isCustomer} wish={filters} onWish={set} />
      ) : null}
      {shown === "sources" ? <ThirdParty wish={filters} onWish={set} /> : null}
    </Page>
  );
}
