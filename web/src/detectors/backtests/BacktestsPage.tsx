import { Button } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ASSETS, MODELS } from "../../api/sources";
import { useMay } from "../../app/session";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { FilterBar } from "../../ui/FilterChips";
import { calendarDate, count, percent } from "../../ui/format";
import { Page } from "../../ui/Page";
import { RemoteChip } from "../../ui/RemoteChip";
import { Section } from "../../ui/Section";
import { StatusChip } from "../../ui/StatusChip";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { rowsOf } from "../../ui/usePaged";
import { useRemoteOption } from "../../ui/useRemoteOptions";
import { useOffered } from "../api";
import { pipelineOf } from "../draft";
import { useBacktests } from "./api";
import { type Backtest, isUnderWay } from "./draft";
import { NewBacktestDialog } from "./NewBacktestDialog";

/** What detectors would have told of stored history; asked for before one is switched on. */
export function BacktestsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const { asset, begin } = useSearch({ from: "/alarms/backtests" });
  const offered = useOffered();
  const backtests = useBacktests(asset);
  const [asking, setAsking] = useState(begin === "true");
  const asks = may("assets.write");
  const open = (id: string) =>
    void navigate({ to: "/alarms/backtests/$backtestId", params: { backtestId: id } });
  const columns: Column<Backtest>[] = [
    {
      key: "of",
      header: t("backtests.of"),
      phone: "main",
      cell: (row) => <TargetOf backtest={row} />,
    },
    { key: "detector", header: t("alarms.detector"), cell: (row) => <DetectorOf backtest={row} /> },
    { key: "span", header: t("backtests.span"), cell: (row) => spanWords(row) },
    {
      key: "state",
      header: t("common.state"),
      phone: "side",
      cell: (row) => (
        <>
          <StatusChip of="backtestState" state={row.state} />
          {isUnderWay(row) ? ` ${percent(row.progress)}` : null}
        </>
      ),
    },
    {
      key: "alarms",
      header: t("backtests.alarms"),
      align: "right",
      cell: (row) => count(row.alarms_found),
    },
    { key: "by", header: t("common.by"), cell: (row) => row.requested_by_name },
    { key: "at", header: t("common.since"), cell: (row) => <TimeAgo at={row.requested_at} /> },
  ];
  return (
    <Page
      title={t("backtests.title")}
      subtitle={t("backtests.subtitle")}
      crumbs={[
        { label: t("alarms.title"), to: "/alarms" },
        { label: t("detectors.title"), to: "/alarms/detectors" },
      ]}
      actions={
        asks && offered.data ? (
          <Button onClick={() => setAsking(true)} data-testid="new-backtest">
            {t("backtests.new")}
          </Button>
        ) : null
      }
    >
      {asset ? (
        <FilterBar>
          <RemoteChip
            label={t("common.asset")}
            source={ASSETS}
            value={asset}
            onChange={(value) =>
              void navigate({
                to: "/alarms/backtests",
                search: { asset: value ?? undefined },
                replace: true,
              })
            }
          />
        </FilterBar>
      ) : null}
      <Section flush>
        <DataTable
          label={t("backtests.title")}
          columns={columns}
          rowKey={(row) => row.id}
          rowLink={(row) => ({
            to: "/alarms/backtests/$backtestId",
            params: { backtestId: row.id },
          })}
          empty={
            <EmptyState
              icon={History}
              title={t("backtests.empty")}
              hint={t("backtests.emptyHint")}
            />
          }
          {...rowsOf(backtests)}
        />
      </Section>
      {asking && asks && offered.data ? (
        <NewBacktestDialog
          offered={offered.data}
          asset={asset}
          onClose={() => setAsking(false)}
          onMade={(made) => open(made.id)}
        />
      ) : null}
    </Page>
  );
}

export const spanWords = (backtest: Backtest): string =>
  `${calendarDate(backtest.begins_at)} – ${calendarDate(backtest.ends_at)}`;

/** What a backtest is of: a machine by its name, several by their number, or a type. */
export function TargetOf({ backtest }: { backtest: Backtest }) {
  const { t } = useTranslation();
  const word = useEnum();
  const model = useRemoteOption(
    MODELS,
    backtest.applies_to === "product_model" ? (backtest.target ?? undefined) : undefined,
  );
  const { assets } = backtest;
  const only = assets.length === 1 ? assets[0] : undefined;
  const machines = only
    ? `${only.asset_serial} · ${only.asset_name}`
    : t("backtests.machineCount", { count: assets.length });
  if (backtest.applies_to === "assets") return <span>{machines}</span>;
  const name =
    backtest.applies_to === "equipment_class"
      ? word("equipmentClass", backtest.target)
      : (model?.label ?? backtest.target);
  return <span>{`${word("backtestTarget", backtest.applies_to)}: ${name} · ${machines}`}</span>;
}

/** Its detector; the platform's own has no name that says anything. */
export function DetectorOf({ backtest }: { backtest: Backtest }) {
  const { t } = useTranslation();
  const { detector, parameters } = backtest;
  return (
    <span>{detector === null ? t("backtests.shipped") : pipelineOf({ detector, parameters })}</span>
  );
}
