import { useTranslation } from "react-i18next";
import type { TicketDetail } from "../tickets/api";
import tickets from "../tickets/tickets.module.css";
import { DataTable } from "../ui/DataTable";
import { Facts } from "../ui/Facts";
import { duration } from "../ui/format";
import { Nothing } from "../ui/Nothing";
import { Section } from "../ui/Section";
import { DateOnly } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";

/** What was found and done, and which parts changed. */
export function WorkDone({ detail }: { detail: TicketDetail }) {
  const { t } = useTranslation();
  const word = useEnum();
  if (!detail.findings && detail.parts.length === 0) return null;
  return (
    <Section title={t("orders.workDone")} testId="work-done">
      <p className={tickets.prose}>{detail.findings}</p>
      <Facts
        items={[
          { label: t("tickets.cause"), value: detail.cause ? word("cause", detail.cause) : null },
          {
            label: t("tickets.remedy"),
            value: detail.remedy ? word("remedy", detail.remedy) : null,
          },
          {
            label: t("tickets.labour"),
            value:
              typeof detail.labour_minutes === "number"
                ? duration(detail.labour_minutes * 60)
                : null,
          },
          { label: t("tickets.performedOn"), value: <DateOnly on={detail.performed_on} /> },
        ]}
      />
      {detail.parts.length > 0 ? (
        <DataTable
          label={t("tickets.partsReplaced")}
          rows={detail.parts}
          rowKey={(part) => part.fitting_id}
          empty={null}
          columns={[
            {
              key: "part",
              header: t("tickets.partNumber"),
              phone: "main",
              cell: (part) => part.part_number,
            },
            { key: "position", header: t("tickets.position"), cell: (part) => part.position },
            {
              key: "failed",
              header: t("tickets.failedSerial"),
              cell: (part) => part.failed_serial ?? <Nothing />,
            },
            {
              key: "replacement",
              header: t("tickets.replacementSerial"),
              cell: (part) => part.replacement_serial ?? <Nothing />,
            },
            {
              key: "quantity",
              header: t("common.quantity"),
              align: "right",
              phone: "side",
              cell: (part) => part.quantity,
            },
          ]}
        />
      ) : null}
    </Section>
  );
}
