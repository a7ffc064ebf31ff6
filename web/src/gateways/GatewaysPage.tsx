import { Button } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Router } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { count } from "../ui/format";
import { Nothing } from "../ui/Nothing";
import { Page } from "../ui/Page";
import { Section } from "../ui/Section";
import { StatusChip } from "../ui/StatusChip";
import { Tabs } from "../ui/Tabs";
import { TimeAgo } from "../ui/TimeAgo";
import { useNow } from "../ui/useNow";
import { rowsOf } from "../ui/usePaged";
import { useGateways } from "./api";
import { NewGatewayDialog } from "./NewGatewayDialog";
import { Quarantine } from "./Quarantine";
import { stateOf } from "./state";

/** The agents at customers' sites, and what of theirs could not be stored. */
export function GatewaysPage() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const { tab } = useSearch({ from: "/gateways" });
  const shown = tab === "quarantine" ? "quarantine" : "gateways";
  const [adding, setAdding] = useState(false);
  return (
    <Page
      title={t("gateways.title")}
      actions={
        may("gateways.manage") ? (
          <Button onClick={() => setAdding(true)} data-testid="new-gateway">
            {t("gateways.new")}
          </Button>
        ) : null
      }
    >
      <Tabs
        label={t("gateways.title")}
        tabs={[
          { value: "gateways", label: t("gateways.tabs.gateways") },
          { value: "quarantine", label: t("gateways.tabs.quarantine") },
        ]}
        value={shown}
        onChange={(value) =>
          void navigate({ to: "/gateways", search: { tab: value }, replace: true })
        }
      />
      {shown === "quarantine" ? <Quarantine /> : <GatewayTable />}
      {adding ? <NewGatewayDialog onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}

function GatewayTable() {
  const { t } = useTranslation();
  const now = useNow().getTime();
  const gateways = useGateways();
  return (
    <Section flush>
      <DataTable
        label={t("gateways.title")}
        rowKey={(row) => row.id}
        rowLink={(row) => ({ to: "/gateways/$gatewayId", params: { gatewayId: row.id } })}
        rowTone={(row) => (stateOf(row, now) === "offline" ? "high" : undefined)}
        empty={
          <EmptyState icon={Router} title={t("gateways.empty")} hint={t("gateways.emptyHint")} />
        }
        columns={[
          { key: "name", header: t("gateways.gateway"), phone: "main", cell: (row) => row.name },
          {
            key: "state",
            header: t("common.state"),
            phone: "side",
            cell: (row) => <StatusChip of="gatewayState" state={stateOf(row, now)} />,
          },
          {
            key: "seen",
            header: t("gateways.lastSeen"),
            cell: (row) => <TimeAgo at={row.last_seen_at} />,
          },
          {
            key: "buffered",
            header: t("gateways.buffered"),
            align: "right",
            cell: (row) => (typeof row.buffered === "number" ? count(row.buffered) : <Nothing />),
          },
          {
            key: "stored",
            header: t("gateways.stored"),
            align: "right",
            cell: (row) => count(row.stored),
          },
          {
            key: "quarantined",
            header: t("gateways.quarantined"),
            align: "right",
            cell: (row) => count(row.quarantined),
          },
          {
            key: "version",
            header: t("gateways.version"),
            phone: "hidden",
            cell: (row) => row.version_running ?? <Nothing />,
          },
        ]}
        {...rowsOf(gateways)}
      />
    </Section>
  );
}
