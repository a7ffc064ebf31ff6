import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { count, percent } from "../../ui/format";
import { Nothing } from "../../ui/Nothing";
import { Section } from "../../ui/Section";
import { useEnum } from "../../ui/useEnum";

interface Props {
  found: Schemas["AlarmPerformance"];
}

type Judged = Schemas["DetectorPrecision"];

/** What people said, in the columns of either table. */
function useVerdictColumns<Row extends Judged>(): Column<Row>[] {
  const { t } = useTranslation();
  return [
    {
      key: "precision",
      header: t("performance.right"),
      phone: "side",
      cell: (row) =>
        row.precision == null || row.low == null || row.high == null ? (
          <Nothing />
        ) : (
          t("performance.between", {
            share: percent(row.precision),
            low: percent(row.low),
            high: percent(row.high),
          })
        ),
    },
    {
      key: "judged",
      header: t("performance.judged"),
      align: "right",
      cell: (row) => t("performance.ofAll", { count: row.judged, all: count(row.alarms) }),
    },
    ...(["true", "false", "nuisance"] as const).map(
      (verdict): Column<Row> => ({
        key: verdict,
        header: t(`performance.${verdict}`),
        align: "right",
        cell: (row) => count(row[verdict]),
      }),
    ),
  ];
}

/** How often each detector was right, as far as people said so. */
export function Precision({ found }: Props) {
  const { t } = useTranslation();
  const verdicts = useVerdictColumns<Judged>();
  return (
    <Section title={t("performance.precision")} flush testId="precision">
      <DataTable
        label={t("performance.precision")}
        rows={found.detectors}
        rowKey={(row) => row.detector}
        empty={<EmptyState small title={t("performance.noAlarms")} />}
        columns={[
          {
            key: "detector",
            header: t("alarms.detector"),
            phone: "main",
            cell: (row) => row.detector,
          },
          ...verdicts,
        ]}
      />
    </Section>
  );
}

/** The same, by what was broken: a detector may be right of one thing and wrong of another. */
export function PrecisionOfRecords({ found }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const verdicts = useVerdictColumns<Schemas["RecordPrecision"]>();
  return (
    <Section title={t("performance.precisionOfRecords")} flush testId="precision-of-records">
      <DataTable
        label={t("performance.precisionOfRecords")}
        rows={found.records}
        rowKey={(row) => `${row.detector} ${row.record}`}
        empty={<EmptyState small title={t("performance.noAlarms")} />}
        columns={[
          {
            key: "record",
            header: t("alarms.cause"),
            phone: "main",
            cell: (row) => word("record", row.record),
          },
          { key: "detector", header: t("alarms.detector"), cell: (row) => row.detector },
          ...verdicts,
        ]}
      />
    </Section>
  );
}
