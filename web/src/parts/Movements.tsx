import { Button, TextInput } from "@mantine/core";
import { ArrowRightLeft } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FormDialog } from "../ui/FormDialog";
import { count } from "../ui/format";
import { Section } from "../ui/Section";
import { TimeAgo } from "../ui/TimeAgo";
import { rowsOf } from "../ui/usePaged";
import { type Movement, useMovements, useReverseMovement } from "./api";

/** Every movement that was written; a mistake is reversed, never changed. */
export function Movements() {
  const { t } = useTranslation();
  const may = useMay();
  const movements = useMovements();
  const [reversing, setReversing] = useState<Movement | null>(null);
  return (
    <>
      <Section flush>
        <DataTable
          label={t("parts.tabs.movements")}
          rowKey={(row) => row.id}
          empty={
            <EmptyState
              icon={ArrowRightLeft}
              title={t("parts.emptyMovements")}
              hint={t("parts.emptyStockHint")}
            />
          }
          columns={[
            {
              key: "part",
              header: t("parts.part"),
              phone: "main",
              cell: (row) =>
                row.serial_number ? `${row.part_number} · ${row.serial_number}` : row.part_number,
            },
            {
              key: "quantity",
              header: t("common.quantity"),
              align: "right",
              phone: "side",
              cell: (row) => count(row.quantity),
            },
            { key: "from", header: t("parts.from"), cell: (row) => row.from_location.name },
            { key: "to", header: t("parts.to"), cell: (row) => row.to_location.name },
            {
              key: "reason",
              header: t("common.reason"),
              phone: "hidden",
              cell: (row) =>
                row.reverses_id ? `${t("parts.reversal")} · ${row.reason ?? ""}` : row.reason,
            },
            { key: "by", header: t("common.by"), phone: "hidden", cell: (row) => row.actor_name },
            { key: "when", header: t("common.when"), cell: (row) => <TimeAgo at={row.moved_at} /> },
            {
              key: "verbs",
              header: "",
              align: "right",
              phone: "hidden",
              cell: (row) =>
                may("parts.move") && !row.reverses_id ? (
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    color="gray"
                    onClick={() => setReversing(row)}
                  >
                    {t("parts.reverse")}
                  </Button>
                ) : null,
            },
          ]}
          {...rowsOf(movements)}
        />
      </Section>
      {reversing ? <ReverseDialog movement={reversing} onClose={() => setReversing(null)} /> : null}
    </>
  );
}

function ReverseDialog({ movement, onClose }: { movement: Movement; onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const reverse = useReverseMovement(movement, onClose);
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("parts.reverseTitle", { quantity: movement.quantity, part: movement.part_number })}
      submitLabel={t("parts.reverse")}
      danger
      disabled={!reason.trim()}
      onSubmit={() => reverse.mutate(reason.trim())}
      pending={reverse.isPending}
      error={reverse.error}
    >
      <TextInput
        label={t("common.reason")}
        data-autofocus
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
