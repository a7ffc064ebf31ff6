import { useTranslation } from "react-i18next";
import { DataTable } from "../ui/DataTable";
import { useEnum } from "../ui/useEnum";

type Source = Record<string, unknown>;

const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

/** What a gateway reads from, as it reported it: a name, how it is, and whatever else it says. */
export function Sources({ sources }: { sources: Source[] }) {
  const { t } = useTranslation();
  const word = useEnum();
  return (
    <DataTable<Source>
      label={t("gateways.sources")}
      rows={sources}
      rowKey={(row) => JSON.stringify(row)}
      empty={null}
      columns={[
        {
          key: "name",
          header: t("gateways.source"),
          phone: "main",
          cell: (row) => text(row.name) || text(row.url) || text(row.kind),
        },
        {
          key: "state",
          header: t("common.state"),
          phone: "side",
          cell: (row) => word("sourceState", text(row.state)),
        },
        {
          key: "more",
          header: t("tickets.facts"),
          cell: (row) =>
            Object.entries(row)
              .filter(([key, value]) => !["name", "state"].includes(key) && text(value) !== "")
              .map(
                ([key, value]) =>
                  `${word("sourceFact", key)}: ${key === "kind" ? word("sourceKind", text(value)) : text(value)}`,
              )
              .join(" · "),
        },
      ]}
    />
  );
}
