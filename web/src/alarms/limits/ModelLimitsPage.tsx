import { Button, Skeleton } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { useMay, useMe } from "../../app/session";
import { DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { Nothing } from "../../ui/Nothing";
import { Page } from "../../ui/Page";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import { TimeAgo } from "../../ui/TimeAgo";
import { useAllLimitsOfModel, useModel } from "./api";
import { ModelLimitsDialog } from "./ModelLimitsDialog";
import { SetLimits } from "./SetLimits";

type Row = Schemas["ModelLimitsView"];

/** Limits that every machine of a product model has, by the name of the series. */
export function ModelLimitsPage() {
  const { t } = useTranslation();
  const { modelId } = useParams({ from: "/product-models/$modelId/limits" });
  const may = useMay();
  const writes = useMe().sees_everything && may("assets.write");
  const model = useModel(modelId);
  const limits = useAllLimitsOfModel(modelId);
  const [editing, setEditing] = useState<Row | "new" | null>(null);
  const name = model.data ? `${model.data.code} · ${model.data.name}` : "…";
  return (
    <Page
      title={t("limits.of", { name })}
      subtitle={t("limits.forModelHint")}
      crumbs={[{ label: t("administration.title"), to: "/administration" }]}
      actions={
        writes ? (
          <Button onClick={() => setEditing("new")} data-testid="new-model-limits">
            {t("limits.newOfModel")}
          </Button>
        ) : null
      }
    >
      <QueryState query={limits} skeleton={<Skeleton height={240} radius="md" />}>
        {({ items }) => (
          <Section flush testId="model-limits">
            <DataTable<Row>
              label={t("limits.title")}
              rows={items}
              rowKey={(row) => row.series_name}
              empty={
                <EmptyState
                  icon={SlidersHorizontal}
                  title={t("limits.noneOfModel")}
                  hint={t("limits.noneOfModelHint")}
                />
              }
              columns={[
                {
                  key: "series",
                  header: t("alarms.series"),
                  phone: "main",
                  cell: (row) => row.series_name,
                },
                {
                  key: "limits",
                  header: t("limits.title"),
                  cell: (row) => <SetLimits limits={row.limits} />,
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
                    writes ? (
                      <Button
                        size="compact-xs"
                        variant="default"
                        onClick={() => setEditing(row)}
                        data-testid={`limits-of-${row.series_name}`}
                      >
                        {t("limits.edit")}
                      </Button>
                    ) : null,
                },
              ]}
            />
          </Section>
        )}
      </QueryState>
      {editing ? (
        <ModelLimitsDialog
          modelId={modelId}
          from={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
        />
      ) : null}
    </Page>
  );
}
