import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { useMay } from "../app/session";
import { EQUIPMENT_CLASSES } from "../assets/classes";
import { LinkButton } from "../ui/LinkButton";
import type { Field } from "../ui/record/fields";
import { useEnum } from "../ui/useEnum";
import { RecordsTab } from "./RecordsTab";
import { models } from "./verbs";

type Row = Schemas["ProductModelView"];

/** What the manufacturer makes. */
export function ModelsTab() {
  const { t } = useTranslation();
  const word = useEnum();
  const mayLimits = useMay()("alarms.read");
  const may = useMay()("administration.manage");
  const fields: Field[] = [
    { name: "code", label: t("administration.code"), form: "text", required: true },
    { name: "name", label: t("common.name"), form: "text", required: true },
    {
      name: "equipment_class",
      label: t("assets.class"),
      form: "choice",
      required: true,
      initial: "unspecified",
      choices: EQUIPMENT_CLASSES.map((value) => ({ value, label: word("equipmentClass", value) })),
    },
  ];
  return (
    <RecordsTab<Row>
      queryKey="product-models"
      label={t("administration.tabs.models")}
      newLabel={t("administration.newModel")}
      emptyHint={t("administration.modelsHint")}
      nameOf={(row) => row.code}
      fields={fields}
      columns={[
        { key: "code", header: t("administration.code"), phone: "main", cell: (row) => row.code },
        { key: "name", header: t("common.name"), cell: (row) => row.name },
        {
          key: "class",
          header: t("assets.class"),
          cell: (row) => word("equipmentClass", row.equipment_class),
        },
        ...(mayLimits
          ? [
              {
                key: "limits",
                header: t("limits.title"),
                cell: (row: Row) => (
                  <LinkButton
                    to="/product-models/$modelId/limits"
                    params={{ modelId: row.id }}
                    size="compact-xs"
                    variant="subtle"
                    data-testid={`limits-of-${row.code}`}
                  >
                    {t("limits.title")}
                  </LinkButton>
                ),
              },
            ]
          : []),
      ]}
      list={models.list}
      create={may ? models.create : undefined}
      update={may ? models.update : undefined}
      archive={may ? models.archive : undefined}
      restore={may ? models.restore : undefined}
    />
  );
}
