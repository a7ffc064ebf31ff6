import { Skeleton } from "@mantine/core";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { LinkButton } from "../ui/LinkButton";
import { Page } from "../ui/Page";
import { QueryState } from "../ui/QueryState";
import { Tabs } from "../ui/Tabs";
import { useNow } from "../ui/useNow";
import { type Gateway, useGateway } from "./api";
import { Configuration } from "./configuration/Configuration";
import { isUnfinished } from "./connect/steps";
import { Health } from "./marks";
import { Overview } from "./one/Overview";
import { Tags } from "./one/Tags";
import { Quarantine } from "./quarantine/Quarantine";
import { Security } from "./security/Security";
import { Mapping } from "./sources/Mapping";
import { troublesOf } from "./state";

const TABS = ["overview", "tags", "configuration", "security", "quarantine"] as const;

/** One gateway: is it heard of, has everything it took arrived, what does it read, what is it to read. */
export function GatewayPage() {
  const { t } = useTranslation();
  const { gatewayId } = useParams({ from: "/gateways/$gatewayId" });
  const gateway = useGateway(gatewayId);
  const crumbs = [{ label: t("gateways.title"), to: "/gateways" as const }];
  return (
    <QueryState
      query={gateway}
      skeleton={
        <Page title={t("gateways.gateway")} crumbs={crumbs}>
          <Skeleton height={420} radius="md" />
        </Page>
      }
    >
      {(found) => <Found gateway={found} crumbs={crumbs} />}
    </QueryState>
  );
}

interface Props {
  gateway: Gateway;
  crumbs: { label: string; to: "/gateways" }[];
}

function Found({ gateway, crumbs }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const now = useNow().getTime();
  const navigate = useNavigate();
  const filters = useSearch({ from: "/gateways/$gatewayId" });
  const shown = TABS.find((tab) => tab === filters.tab) ?? "overview";
  const go = (search: typeof filters) =>
    void navigate({
      to: "/gateways/$gatewayId",
      params: { gatewayId: gateway.id },
      search,
      replace: true,
      resetScroll: false,
    });
  const set = (change: Partial<typeof filters>) => go({ ...filters, ...change });
  return (
    <Page
      crumbs={crumbs}
      title={gateway.name}
      subtitle={[gateway.organisation_name, gateway.site_name].join(" · ")}
      marks={<Health state={gateway.state} troubles={troublesOf(gateway, now)} />}
      actions={
        may("gateways.manage") && isUnfinished(gateway) ? (
          <LinkButton to="/gateways/connect" search={{ gateway: gateway.id }} variant="default">
            {t("connect.goOn")}
          </LinkButton>
        ) : null
      }
    >
      <Tabs
        label={gateway.name}
        tabs={TABS.map((value) => ({ value, label: t(`gateways.tabs.${value}`) }))}
        value={shown}
        onChange={(tab) => go({ tab })}
      />
      {shown === "overview" ? <Overview gateway={gateway} /> : null}
      {shown === "tags" ? (
        <Tags
          gateway={gateway}
          q={filters.q}
          machine={filters.asset}
          removed={filters.removed === "yes"}
          onWish={set}
        />
      ) : null}
      {shown === "configuration" && gateway.kind !== "edge" ? <Mapping gateway={gateway} /> : null}
      {shown === "configuration" && gateway.kind === "edge" ? (
        <Configuration
          gateway={gateway}
          version={Number(filters.version) || null}
          onVersion={(version) => set({ version: version === null ? undefined : String(version) })}
        />
      ) : null}
      {shown === "security" ? <Security gateway={gateway} /> : null}
      {shown === "quarantine" ? <Quarantine of={gateway.id} wish={filters} onWish={set} /> : null}
    </Page>
  );
}
