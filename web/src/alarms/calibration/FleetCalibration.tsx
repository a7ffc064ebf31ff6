import { useTranslation } from "react-i18next";
import { DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { count, perYear } from "../../ui/format";
import { AssetLink } from "../../ui/links";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import classes from "../performance/performance.module.css";
import { useFleetCalibration } from "./api";
import { Expected } from "./Expected";

/** What all machines together are expected to raise falsely, and which of them exceed what is asked. */
export function FleetCalibration() {
  const { t } = useTranslation();
  const fleet = useFleetCalibration();
  return (
    <Section title={t("calibration.title")} flush testId="fleet-calibration">
      <QueryState query={fleet} height={80} small>
        {(found) => (
          <>
            <DataTable
              label={t("calibration.title")}
              rows={found.worst}
              rowKey={(row) => row.asset_id}
              empty={<EmptyState small title={t("calibration.noneOfFleet")} />}
              columns={[
                {
                  key: "asset",
                  header: t("common.asset"),
                  phone: "main",
                  cell: (row) => (
                    <AssetLink id={row.asset_id} name={row.asset_name} serial={row.asset_serial} />
                  ),
                },
                {
                  key: "asked",
                  header: t("calibration.asked"),
                  align: "right",
                  cell: (row) => perYear(row.asked),
                },
                {
                  key: "expected",
                  header: t("calibration.expected"),
                  phone: "side",
                  cell: (row) => <Expected of={row} />,
                },
                {
                  key: "blocks",
                  header: t("calibration.restsOn"),
                  cell: (row) =>
                    row.rough
                      ? t("calibration.fewBlocks", { count: row.blocks })
                      : t("calibration.blocks", { count: row.blocks }),
                },
                {
                  key: "said",
                  header: t("calibration.said"),
                  align: "right",
                  cell: (row) => count(row.said),
                },
              ]}
            />
            {found.devices > 0 ? (
              <p className={classes.quiet} style={{ padding: "8px 14px" }}>
                {t("calibration.together", {
                  count: found.devices - found.learning,
                  asked: perYear(found.asked),
                  expected: perYear(found.expected),
                })}{" "}
                {found.learning > 0
                  ? t("calibration.stillLearning", { count: found.learning })
                  : null}{" "}
                {found.rough > 0 ? t("calibration.roughCount", { count: found.rough }) : null}
              </p>
            ) : null}
          </>
        )}
      </QueryState>
    </Section>
  );
}
