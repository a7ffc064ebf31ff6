import { Button, Skeleton } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { useAsset } from "../../assets/api";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { LinkButton } from "../../ui/LinkButton";
import { Nothing } from "../../ui/Nothing";
import { Page } from "../../ui/Page";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import { TimeAgo } from "../../ui/TimeAgo";
import { type SeriesLimits, useInheritLimits, useLimitsOfAsset } from "./api";
import { LimitsDialog } from "./LimitsDialog";
import classes from "./limits.module.css";
import { SetLimits } from "./SetLimits";

/** Classic limits of a machine's series: which count, whose they are, and who set them. */
export function LimitsPage() {
  const { t } = useTranslation();
  const { assetId } = useParams({ from: "/assets/$assetId/limits" });
  const asset = useAsset(assetId);
  const limits = useLimitsOfAsset(assetId);
  const name = asset.data?.name ?? t("common.asset");
  return (
    <Page
      title={t("limits.of", { name })}
      subtitle={t("limits.subtitle")}
      crumbs={[{ label: t("assets.title"), to: "/assets" }]}
      actions={
        <LinkButton to="/assets/$assetId" params={{ assetId }} variant="default">
          {name}
        </LinkButton>
      }
    >
      <QueryState query={limits} skeleton={<Skeleton height={320} radius="md" />}>
        {(found) => (
          <Table
            rows={found.items}
            model={{ id: found.model_id, code: asset.data?.model_code ?? "" }}
          />
        )}
      </QueryState>
    </Page>
  );
}

function Table({ rows, model }: { rows: SeriesLimits[]; model: { id: string; code: string } }) {
  const { t } = useTranslation();
  const may = useMay();
  const [editing, setEditing] = useState<SeriesLimits | null>(null);
  const [giving, setGiving] = useState<SeriesLimits | null>(null);
  return (
    <>
      <Section flush testId="limits">
        <DataTable
          label={t("limits.title")}
          rows={rows}
          rowKey={(row) => String(row.series_id)}
          empty={<EmptyState icon={SlidersHorizontal} title={t("limits.empty")} />}
          columns={[
            { key: "series", header: t("alarms.series"), phone: "main", cell: (row) => row.name },
            {
              key: "limits",
              header: t("limits.title"),
              cell: (row) => <SetLimits limits={row.limits} unit={row.unit} />,
            },
            {
              key: "applies",
              header: t("limits.applies"),
              cell: (row) => t(`limits.whose.${row.applies}`),
            },
            {
              key: "set",
              header: t("common.changed"),
              cell: (row) =>
                row.updated_at ? (
                  <>
                    <TimeAgo at={row.updated_at} /> · {row.updated_by_name}
                  </>
                ) : (
                  <Nothing />
                ),
            },
            {
              key: "actions",
              header: t("common.actions"),
              phone: "side",
              cell: (row) =>
                may("assets.write") ? (
                  <span className={classes.actions}>
                    {row.applies === "series" ? (
                      <Button
                        size="compact-xs"
                        variant="subtle"
                        color="gray"
                        onClick={() => setGiving(row)}
                      >
                        {t("limits.inherit")}
                      </Button>
                    ) : null}
                    <Button
                      size="compact-xs"
                      variant="default"
                      onClick={() => setEditing(row)}
                      data-testid={`limits-of-${row.name}`}
                    >
                      {t("limits.edit")}
                    </Button>
                  </span>
                ) : null,
            },
          ]}
        />
      </Section>
      {editing ? (
        <LimitsDialog series={editing} model={model} onClose={() => setEditing(null)} />
      ) : null}
      {giving ? <InheritDialog series={giving} onClose={() => setGiving(null)} /> : null}
    </>
  );
}

function InheritDialog({ series, onClose }: { series: SeriesLimits; onClose: () => void }) {
  const { t } = useTranslation();
  const inherit = useInheritLimits(series, onClose);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t("limits.inheritTitle", { series: series.name })}
      text={t("limits.inheritText")}
      confirmLabel={t("limits.inherit")}
      onConfirm={() => inherit.mutate(undefined)}
      pending={inherit.isPending}
      error={inherit.error}
    />
  );
}
