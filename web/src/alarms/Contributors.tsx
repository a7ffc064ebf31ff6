import { useTranslation } from "react-i18next";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { quantity } from "../ui/format";
import { Nothing } from "../ui/Nothing";
import { Quantity } from "../ui/Quantity";
import { useEnum } from "../ui/useEnum";
import { type Cause, readCause } from "./cause";

/** The series that deviate together, the worst first. */
export function Contributors({ items }: { items: unknown[] }) {
  const { t } = useTranslation();
  const word = useEnum();
  return (
    <DataTable<Cause>
      label={t("alarms.contributors")}
      rows={items.map(readCause)}
      rowKey={(row) => `${row.seriesId}-${row.record}`}
      empty={<EmptyState small title={t("alarms.noContributors")} />}
      columns={[
        { key: "series", header: t("alarms.series"), phone: "main", cell: (row) => row.seriesName },
        { key: "record", header: t("alarms.record"), cell: (row) => word("record", row.record) },
        {
          key: "expected",
          header: t("alarms.expected"),
          align: "right",
          cell: (row) =>
            row.expected ? (
              `${quantity(row.expected[0])} – ${quantity(row.expected[1])} ${row.unit}`
            ) : (
              <Nothing />
            ),
        },
        {
          key: "seen",
          header: t("alarms.seen"),
          align: "right",
          phone: "side",
          cell: (row) => <Quantity value={row.seen} unit={row.unit} />,
        },
      ]}
    />
  );
}
