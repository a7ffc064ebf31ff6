import { Button, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import type { TFunction } from "i18next";
import { Router, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { type Column, DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar, ToggleChip } from "../ui/FilterChips";
import { count } from "../ui/format";
import { LinkButton } from "../ui/LinkButton";
import { Nothing } from "../ui/Nothing";
import { Section } from "../ui/Section";
import { TimeAgo } from "../ui/TimeAgo";
import { useNow } from "../ui/useNow";
import { type Gateway, useGateways, useSites } from "./api";
import { CertificateMark, ConfigurationMark, Health, Offset } from "./marks";
import { NewGatewayDialog } from "./NewGatewayDialog";
import { sorted, stateOf, troublesOf } from "./state";

const SHOWN = ["trouble", "offline", "drift"] as const;

interface Props {
  q: string | undefined;
  show: string | undefined;
  onWish: (change: { q?: string; show?: string }) => void;
}

/** Every gateway, those in trouble first. */
export function GatewayTable({ q, show, onWish }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const now = useNow().getTime();
  const gateways = useGateways();
  const sites = useSites(may("assets.read"));
  const [typed, setTyped] = useState(q ?? "");
  const [adding, setAdding] = useState(false);
  const search = useDebouncedCallback(
    (text: string) => onWish({ q: text.trim() || undefined }),
    200,
  );
  const all = gateways.data?.items;
  const rows = all && sorted(all, { q, show }, now);
  const many = (wish: string) => (all ? sorted(all, { show: wish }, now).length : 0);
  const siteOf = (row: Gateway) => sites.data?.items.find((site) => site.id === row.site_id)?.name;
  return (
    <>
      <FilterBar>
        <TextInput
          aria-label={t("gateways.find")}
          placeholder={t("gateways.find")}
          leftSection={<Search size={15} />}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            search(event.currentTarget.value);
          }}
        />
        {SHOWN.map((wish) => (
          <ToggleChip
            key={wish}
            label={`${t(`gateways.show.${wish}`)} ${count(many(wish))}`}
            on={show === wish}
            onChange={(on) => onWish({ show: on ? wish : undefined })}
          />
        ))}
        {may("gateways.manage") ? (
          <Button
            ml="auto"
            variant="default"
            size="xs"
            onClick={() => setAdding(true)}
            data-testid="new-gateway"
          >
            {t("gateways.new")}
          </Button>
        ) : null}
      </FilterBar>
      <Section flush>
        <DataTable
          label={t("gateways.title")}
          rows={rows}
          error={gateways.error}
          retry={() => void gateways.refetch()}
          rowKey={(row) => row.id}
          rowLink={(row) => ({ to: "/gateways/$gatewayId", params: { gatewayId: row.id } })}
          rowTone={(row) =>
            ["offline", "trouble"].includes(stateOf(row, now)) ? "high" : undefined
          }
          empty={
            all?.length ? (
              <EmptyState icon={Search} title={t("common.nothingFound")} />
            ) : (
              <EmptyState
                icon={Router}
                title={t("gateways.empty")}
                hint={t("gateways.emptyHint")}
                action={
                  may("gateways.manage") ? (
                    <LinkButton to="/gateways/connect">{t("connect.title")}</LinkButton>
                  ) : null
                }
              />
            )
          }
          columns={columnsOf(t, now, siteOf)}
        />
      </Section>
      {gateways.data?.cut ? (
        <p style={{ color: "var(--fw-muted)" }}>{t("gateways.cut", { count: all?.length })}</p>
      ) : null}
      {adding ? <NewGatewayDialog onClose={() => setAdding(false)} /> : null}
    </>
  );
}

function columnsOf(
  t: TFunction,
  now: number,
  siteOf: (row: Gateway) => string | undefined,
): Column<Gateway>[] {
  return [
    {
      key: "name",
      header: t("gateways.gateway"),
      phone: "main",
      cell: (row) => (
        <>
          <div style={{ fontWeight: 550 }}>{row.name}</div>
          <div style={{ color: "var(--fw-muted)", fontSize: "0.75rem", fontWeight: 400 }}>
            {[row.organisation_name, siteOf(row)].filter(Boolean).join(" · ")}
          </div>
        </>
      ),
    },
    {
      key: "state",
      header: t("gateways.health"),
      phone: "side",
      cell: (row) => <Health state={stateOf(row, now)} troubles={troublesOf(row, now)} />,
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
      key: "clock",
      header: t("gateways.clock"),
      align: "right",
      phone: "hidden",
      cell: (row) => <Offset ms={row.clock_offset_ms} />,
    },
    {
      key: "configuration",
      header: t("gateways.configuration"),
      cell: (row) => <ConfigurationMark of={row.configuration} />,
    },
    {
      key: "certificate",
      header: t("gateways.certificates"),
      phone: "hidden",
      cell: (row) => <CertificateMark gateway={row} />,
    },
    {
      key: "version",
      header: t("gateways.version"),
      phone: "hidden",
      cell: (row) => row.version_running ?? <Nothing />,
    },
  ];
}
