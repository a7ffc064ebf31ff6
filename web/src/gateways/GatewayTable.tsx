import { Button } from "@mantine/core";
import type { TFunction } from "i18next";
import { Router } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ORGANISATIONS, sitesOf } from "../api/sources";
import { useMay } from "../app/session";
import { type Column, DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar, FilterChip, ToggleChip } from "../ui/FilterChips";
import { FindBox } from "../ui/FindBox";
import { count } from "../ui/format";
import { LinkButton } from "../ui/LinkButton";
import { Nothing } from "../ui/Nothing";
import { NothingMatches, useNamedFilter } from "../ui/NothingMatches";
import { RemoteChip } from "../ui/RemoteChip";
import { Section } from "../ui/Section";
import { TimeAgo } from "../ui/TimeAgo";
import { useNow } from "../ui/useNow";
import { rowsOf } from "../ui/usePaged";
import { type Gateway, type Places, useGatewayCounts, useGateways } from "./api";
import { CertificateMark, ConfigurationMark, Health, Offset } from "./marks";
import { NewGatewayDialog } from "./NewGatewayDialog";
import { countOf, SHOWS, type Show } from "./show";
import { troublesOf } from "./state";

// At hand, with how many there are; the others are in the menu.
const AT_HAND: Show[] = ["trouble", "offline", "drift"];

export interface GatewayWish extends Places {
  show?: string;
}

interface Props {
  wish: GatewayWish;
  /** Nobody else's gateways are seen: no customer to choose. */
  isCustomer: boolean;
  onWish: (change: GatewayWish) => void;
}

/** Gateways, those in trouble first. */
export function GatewayTable({ wish, isCustomer, onWish }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const now = useNow().getTime();
  const { q, organisation, site } = wish;
  const show = SHOWS.find((each) => each === wish.show);
  const places = { q, organisation, site };
  const gateways = useGateways(places, show);
  const counts = useGatewayCounts(places);
  const [adding, setAdding] = useState(false);
  const sites = sitesOf(organisation ?? null);
  const setFilters = [
    q && { label: t("common.search"), value: q },
    show && { label: t("common.state"), value: t(`gateways.show.${show}`) },
    useNamedFilter(t("common.customer"), ORGANISATIONS, organisation),
    useNamedFilter(t("common.site"), sites, site),
  ];
  const label = (each: Show) =>
    `${t(`gateways.show.${each}`)} ${count(countOf(each, counts.data))}`;
  return (
    <>
      <FilterBar>
        <FindBox label={t("gateways.find")} value={q} onChange={(words) => onWish({ q: words })} />
        {AT_HAND.map((each) => (
          <ToggleChip
            key={each}
            label={label(each)}
            on={show === each}
            onChange={(on) => onWish({ show: on ? each : undefined })}
          />
        ))}
        <FilterChip
          label={t("common.state")}
          choices={SHOWS.map((each) => ({ value: each, label: label(each) }))}
          value={show && !AT_HAND.includes(show) ? show : undefined}
          onChange={(value) => onWish({ show: value })}
        />
        {may("assets.read") ? (
          <>
            {isCustomer ? null : (
              <RemoteChip
                label={t("common.customer")}
                source={ORGANISATIONS}
                value={organisation}
                onChange={(chosen) => onWish({ organisation: chosen, site: undefined })}
                testId="filter-customer"
              />
            )}
            <RemoteChip
              label={t("common.site")}
              source={sites}
              value={site}
              onChange={(chosen) => onWish({ site: chosen })}
              testId="filter-site"
            />
          </>
        ) : null}
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
          rowKey={(row) => row.id}
          rowLink={(row) => ({ to: "/gateways/$gatewayId", params: { gatewayId: row.id } })}
          rowTone={(row) => (["offline", "trouble"].includes(row.state) ? "high" : undefined)}
          empty={
            setFilters.some(Boolean) ? (
              <NothingMatches
                filters={setFilters}
                onClear={() =>
                  onWish({
                    q: undefined,
                    show: undefined,
                    organisation: undefined,
                    site: undefined,
                  })
                }
              />
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
          columns={columnsOf(t, now)}
          {...rowsOf(gateways)}
        />
      </Section>
      {adding ? <NewGatewayDialog onClose={() => setAdding(false)} /> : null}
    </>
  );
}

function columnsOf(t: TFunction, now: number): Column<Gateway>[] {
  return [
    {
      key: "name",
      header: t("gateways.gateway"),
      phone: "main",
      cell: (row) => (
        <>
          <div style={{ fontWeight: 550 }}>{row.name}</div>
          <div style={{ color: "var(--fw-muted)", fontSize: "0.75rem", fontWeight: 400 }}>
            {[row.organisation_name, row.site_name].join(" · ")}
          </div>
        </>
      ),
    },
    {
      key: "state",
      header: t("gateways.health"),
      phone: "side",
      cell: (row) => <Health state={row.state} troubles={troublesOf(row, now)} />,
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
      cell: (row) => <ConfigurationMark gateway={row} />,
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
