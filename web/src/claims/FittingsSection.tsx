import { useTranslation } from "react-i18next";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { Nothing } from "../ui/Nothing";
import { Section } from "../ui/Section";
import { DateOnly } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { useFittings } from "./api";

/** Which piece sits where in a machine, and since when. */
export function FittingsSection({ assetId }: { assetId: string }) {
  const { t } = useTranslation();
  const word = useEnum();
  const fittings = useFittings(assetId);
  return (
    <Section title={t("claims.fittings")} flush>
      <DataTable
        label={t("claims.fittings")}
        rows={fittings.data}
        error={fittings.error}
        retry={() => void fittings.refetch()}
        expect={2}
        rowKey={(row) => row.id}
        empty={
          <EmptyState small title={t("claims.noFittings")} hint={t("claims.noFittingsHint")} />
        }
        columns={[
          {
            key: "position",
            header: t("tickets.position"),
            phone: "main",
            cell: (row) => row.position,
          },
          {
            key: "part",
            header: t("tickets.partNumber"),
            cell: (row) => row.part_number ?? <Nothing />,
          },
          {
            key: "serial",
            header: t("common.serial"),
            cell: (row) => row.serial_number ?? <Nothing />,
          },
          {
            key: "since",
            header: t("claims.fittedOn"),
            cell: (row) => <DateOnly on={row.fitted_on} />,
          },
          {
            key: "until",
            header: t("claims.removedOn"),
            cell: (row) => <DateOnly on={row.ended_on} />,
          },
          {
            key: "origin",
            header: t("claims.origin"),
            cell: (row) => word("fittingOrigin", row.origin),
          },
        ]}
      />
    </Section>
  );
}
