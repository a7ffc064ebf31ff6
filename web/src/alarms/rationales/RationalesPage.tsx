import { Button } from "@mantine/core";
import { BookOpen } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../../app/session";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { duration } from "../../ui/format";
import { Page } from "../../ui/Page";
import { Section } from "../../ui/Section";
import { Severity } from "../../ui/Severity";
import { useEnum } from "../../ui/useEnum";
import { useLocal } from "../../ui/useLocal";
import limits from "../limits/limits.module.css";
import { type Rationale, useDropRationale, useRationales } from "./api";
import { RationaleDialog } from "./RationaleDialog";

/** What each alarm means, on every class of machine or on one; as shipped until somebody writes it. */
export function RationalesPage() {
  const { t } = useTranslation();
  const word = useEnum();
  const local = useLocal();
  const may = useMay();
  const me = useMe();
  const writes = may("assets.write") && me.sees_everything;
  const rationales = useRationales();
  const [editing, setEditing] = useState<Rationale | null>(null);
  const [dropping, setDropping] = useState<Rationale | null>(null);
  const rows = rationales.data?.items;
  return (
    <Page
      title={t("rationales.title")}
      subtitle={t("rationales.subtitle")}
      crumbs={[{ label: t("alarms.title"), to: "/alarms" }]}
    >
      <Section flush testId="rationales">
        <DataTable
          label={t("rationales.title")}
          rows={rows}
          error={rationales.error}
          retry={() => void rationales.refetch()}
          rowKey={(row) => `${row.failure_mode} ${row.equipment_class}`}
          empty={<EmptyState icon={BookOpen} title={t("rationales.empty")} />}
          columns={[
            {
              key: "mode",
              header: t("rationales.alarmType"),
              width: "11%",
              phone: "main",
              cell: (row) => word("failureMode", row.failure_mode),
            },
            {
              key: "class",
              header: t("rationales.appliesTo"),
              cell: (row) =>
                row.equipment_class
                  ? word("equipmentClass", row.equipment_class)
                  : t("rationales.everyClass"),
            },
            {
              key: "priority",
              header: t("rationales.priority"),
              cell: (row) =>
                row.priority ? <Severity level={row.priority} /> : t("rationales.byScore"),
            },
            {
              key: "cause",
              header: t("rationales.cause"),
              width: "16%",
              cell: (row) => local(row.cause),
            },
            {
              key: "response",
              header: t("rationales.response"),
              width: "17%",
              cell: (row) => local(row.response),
            },
            {
              key: "consequence",
              header: t("rationales.consequence"),
              width: "16%",
              cell: (row) => local(row.consequence),
            },
            {
              key: "within",
              header: t("rationales.within"),
              cell: (row) => duration(row.respond_within_min * 60),
            },
            {
              key: "source",
              header: t("common.state"),
              width: "9%",
              cell: (row) => t(row.version ? "rationales.written" : "rationales.shipped"),
            },
            {
              key: "actions",
              header: t("common.actions"),
              phone: "side",
              cell: (row) =>
                writes ? (
                  <span className={limits.actions}>
                    {row.version ? (
                      <Button
                        size="compact-xs"
                        variant="subtle"
                        color="gray"
                        onClick={() => setDropping(row)}
                      >
                        {t("rationales.takeBack")}
                      </Button>
                    ) : null}
                    <Button
                      size="compact-xs"
                      variant="default"
                      onClick={() => setEditing(row)}
                      data-testid={`edit-${row.failure_mode}`}
                    >
                      {t("rationales.edit")}
                    </Button>
                  </span>
                ) : null,
            },
          ]}
        />
      </Section>
      {editing && rows ? (
        <RationaleDialog from={editing} all={rows} onClose={() => setEditing(null)} />
      ) : null}
      {dropping ? <DropDialog row={dropping} onClose={() => setDropping(null)} /> : null}
    </Page>
  );
}

function DropDialog({ row, onClose }: { row: Rationale; onClose: () => void }) {
  const { t } = useTranslation();
  const word = useEnum();
  const drop = useDropRationale(onClose);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t("rationales.takeBackTitle", { what: word("failureMode", row.failure_mode) })}
      text={t("rationales.takeBackText")}
      confirmLabel={t("rationales.takeBack")}
      onConfirm={() => drop.mutate(row)}
      pending={drop.isPending}
      error={drop.error}
    />
  );
}
