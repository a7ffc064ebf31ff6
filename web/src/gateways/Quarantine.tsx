import { Button, Group, TextInput } from "@mantine/core";
import { PackageCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { ActionProblem } from "../ui/ActionProblem";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FormDialog } from "../ui/FormDialog";
import { count } from "../ui/format";
import { Section } from "../ui/Section";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { rowsOf } from "../ui/usePaged";
import { type Quarantined, useDrop, useQuarantine, useReplay } from "./api";

/** What could not be stored and why, to be replayed once that is put right. */
export function Quarantine({ gatewayId }: { gatewayId?: string }) {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay();
  const entries = useQuarantine(gatewayId);
  return (
    <Section title={gatewayId ? t("gateways.tabs.quarantine") : undefined} flush>
      <DataTable
        label={t("gateways.tabs.quarantine")}
        rowKey={(row) => row.id}
        expect={3}
        empty={
          <EmptyState
            icon={PackageCheck}
            small={Boolean(gatewayId)}
            title={t("gateways.quarantineEmpty")}
            hint={gatewayId ? undefined : t("gateways.quarantineHint")}
          />
        }
        columns={[
          {
            key: "why",
            header: t("gateways.why"),
            phone: "main",
            cell: (row) => (
              <>
                {word("quarantineReason", row.reason)}
                <div style={{ color: "var(--fw-muted)", fontSize: "0.75rem" }}>{row.detail}</div>
              </>
            ),
          },
          {
            key: "state",
            header: t("common.state"),
            phone: "side",
            cell: (row) => word("quarantineState", row.state),
          },
          { key: "source", header: t("gateways.source"), cell: (row) => row.source },
          {
            key: "readings",
            header: t("gateways.readings"),
            align: "right",
            cell: (row) => count(row.readings),
          },
          {
            key: "size",
            header: t("gateways.size"),
            align: "right",
            phone: "hidden",
            cell: (row) => t("gateways.bytes", { count: row.size_bytes }),
          },
          {
            key: "seen",
            header: t("gateways.received"),
            cell: (row) => <TimeAgo at={row.last_seen_at} />,
          },
          {
            key: "verbs",
            header: "",
            align: "right",
            phone: "hidden",
            cell: (row) =>
              may("gateways.manage") && row.state === "open" ? <Verbs entry={row} /> : null,
          },
        ]}
        {...rowsOf(entries)}
      />
    </Section>
  );
}

function Verbs({ entry }: { entry: Quarantined }) {
  const { t } = useTranslation();
  const [dropping, setDropping] = useState(false);
  const [reason, setReason] = useState("");
  const replay = useReplay(entry);
  const drop = useDrop(entry, () => setDropping(false));
  return (
    <>
      <Group gap={6} wrap="nowrap" justify="flex-end">
        <Button
          size="compact-xs"
          variant="default"
          loading={replay.isPending}
          onClick={() => replay.mutate(undefined)}
        >
          {t("gateways.replay")}
        </Button>
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setDropping(true)}>
          {t("gateways.drop")}
        </Button>
      </Group>
      <ActionProblem error={replay.error} />
      {dropping ? (
        <FormDialog
          opened
          danger
          onClose={() => setDropping(false)}
          title={t("gateways.dropTitle", { count: entry.readings })}
          submitLabel={t("gateways.drop")}
          onSubmit={() => drop.mutate(reason.trim())}
          pending={drop.isPending}
          error={drop.error}
          disabled={!reason.trim()}
        >
          <p style={{ margin: 0 }}>{t("gateways.dropText")}</p>
          <TextInput
            label={t("common.reason")}
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </FormDialog>
      ) : null}
    </>
  );
}
