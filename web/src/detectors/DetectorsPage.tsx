import { Button } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ScanSearch } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { MODELS } from "../api/sources";
import { useMay, useMe } from "../app/session";
import { ConfirmDialog } from "../ui/ConfirmDialog";
import { type Column, DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar, ToggleChip } from "../ui/FilterChips";
import { perYear } from "../ui/format";
import { LinkButton } from "../ui/LinkButton";
import { Nothing } from "../ui/Nothing";
import { Page } from "../ui/Page";
import { Section } from "../ui/Section";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { rowsOf } from "../ui/usePaged";
import { useRemoteOption } from "../ui/useRemoteOptions";
import { type Choice, useChoices, useOffered, useWithdraw } from "./api";
import { ChooseDialog } from "./ChooseDialog";
import { pipelineOf, RIVER } from "./draft";

/** Which detector judges which type of machine, since when and why; the narrowest choice counts. */
export function DetectorsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const me = useMe();
  const navigate = useNavigate();
  const { past } = useSearch({ from: "/alarms/detectors" });
  const offered = useOffered();
  const choices = useChoices(past === "true");
  const [choosing, setChoosing] = useState(false);
  const [ending, setEnding] = useState<Choice | null>(null);
  const chooses = may("administration.manage") && me.sees_everything;
  const columns: (Column<Choice> | false)[] = [
    {
      key: "target",
      header: t("detectors.appliesTo"),
      phone: "main",
      cell: (row) => <TargetOf choice={row} />,
    },
    {
      key: "detector",
      header: t("alarms.detector"),
      width: "38%",
      cell: (row) => pipelineOf(row),
    },
    {
      key: "rate",
      header: t("detectors.rate"),
      align: "right",
      cell: (row) => <Rate choice={row} shipped={offered.data?.false_alarms_per_year} />,
    },
    { key: "reason", header: t("common.reason"), cell: (row) => row.reason },
    { key: "by", header: t("common.by"), cell: (row) => row.chosen_by_name },
    { key: "since", header: t("common.since"), cell: (row) => <TimeAgo at={row.chosen_at} /> },
    past === "true" && {
      key: "ended",
      header: t("detectors.until"),
      cell: (row) => <TimeAgo at={row.ended_at} />,
    },
    chooses && {
      key: "end",
      header: t("common.actions"),
      phone: "side",
      cell: (row) =>
        row.ended_at ? null : (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setEnding(row)}>
            {t("detectors.withdraw")}
          </Button>
        ),
    },
  ];
  return (
    <Page
      title={t("detectors.title")}
      subtitle={t("detectors.subtitle")}
      crumbs={[{ label: t("alarms.title"), to: "/alarms" }]}
      actions={
        <>
          <LinkButton to="/alarms/backtests" variant="default">
            {t("backtests.link")}
          </LinkButton>
          {chooses && offered.data ? (
            <Button onClick={() => setChoosing(true)} data-testid="choose-detector">
              {t("detectors.choose")}
            </Button>
          ) : null}
        </>
      }
    >
      <FilterBar>
        <ToggleChip
          label={t("detectors.past")}
          on={past === "true"}
          onChange={(on) =>
            void navigate({
              to: "/alarms/detectors",
              search: { past: on ? "true" : undefined },
              replace: true,
            })
          }
        />
      </FilterBar>
      <Section flush>
        <DataTable
          label={t("detectors.title")}
          columns={columns.filter((column): column is Column<Choice> => column !== false)}
          rowKey={(row) => `${row.id} ${row.version}`}
          empty={
            <EmptyState
              icon={ScanSearch}
              title={t("detectors.empty")}
              hint={t("detectors.emptyHint")}
            />
          }
          {...rowsOf(choices)}
        />
      </Section>
      {choosing && offered.data ? (
        <ChooseDialog offered={offered.data} onClose={() => setChoosing(false)} />
      ) : null}
      {ending ? <WithdrawDialog choice={ending} onClose={() => setEnding(null)} /> : null}
    </Page>
  );
}

function Rate({ choice, shipped }: { choice: Choice; shipped: number | undefined }) {
  const { t } = useTranslation();
  if (choice.detector === RIVER && choice.parameters.subject === "device") return <Nothing />;
  if (choice.false_alarms_per_year !== null) return perYear(choice.false_alarms_per_year);
  return shipped === undefined ? <Nothing /> : t("detectors.asShipped", { rate: perYear(shipped) });
}

function TargetOf({ choice }: { choice: Choice }) {
  const word = useEnum();
  const model = useRemoteOption(
    MODELS,
    choice.applies_to === "product_model" ? (choice.target ?? undefined) : undefined,
  );
  const kind = word("appliesTo", choice.applies_to);
  if (choice.applies_to === "all") return <span>{kind}</span>;
  const name =
    choice.applies_to === "equipment_class"
      ? word("equipmentClass", choice.target)
      : (model?.label ?? choice.target);
  return <span>{`${kind}: ${name}`}</span>;
}

function WithdrawDialog({ choice, onClose }: { choice: Choice; onClose: () => void }) {
  const { t } = useTranslation();
  const withdraw = useWithdraw(onClose);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t("detectors.withdrawTitle", { detector: pipelineOf(choice) })}
      text={t("detectors.withdrawText")}
      confirmLabel={t("detectors.withdraw")}
      onConfirm={() => withdraw.mutate(choice)}
      pending={withdraw.isPending}
      error={withdraw.error}
    />
  );
}
