import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { ORGANISATIONS } from "../api/sources";
import { useMay } from "../app/session";
import type { Field } from "../ui/record/fields";
import { ShortId } from "../ui/ShortId";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { RecordsTab } from "./RecordsTab";
import { organisations } from "./verbs";

type Row = Schemas["OrganisationView"];

/** The manufacturer, its dealers, and customers below either. */
export function OrganisationsTab() {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay()("administration.manage");
  const fields: Field[] = [
    { name: "name", label: t("common.name"), form: "text", required: true },
    {
      name: "kind",
      label: t("common.kind"),
      form: "choice",
      required: true,
      fixed: true,
      initial: "customer",
      choices: ["customer", "dealer"].map((value) => ({
        value,
        label: word("organisationKind", value),
      })),
    },
    {
      name: "parent_id",
      label: t("administration.parent"),
      form: "remote",
      required: true,
      fixed: true,
      source: () => ORGANISATIONS,
    },
    {
      name: "tier",
      label: t("administration.tier"),
      form: "text",
      required: true,
      initial: "standard",
    },
  ];
  return (
    <RecordsTab<Row>
      queryKey="organisations"
      label={t("administration.tabs.organisations")}
      newLabel={t("administration.newOrganisation")}
      emptyHint={t("administration.organisationsHint")}
      nameOf={(row) => row.name}
      fields={fields}
      columns={[
        { key: "name", header: t("common.name"), phone: "main", cell: (row) => row.name },
        {
          key: "kind",
          header: t("common.kind"),
          cell: (row) => word("organisationKind", row.kind),
        },
        { key: "tier", header: t("administration.tier"), cell: (row) => row.tier },
        {
          key: "created",
          header: t("common.created"),
          phone: "hidden",
          cell: (row) => <TimeAgo at={row.created_at} />,
        },
        {
          key: "id",
          header: t("tickets.id"),
          phone: "hidden",
          cell: (row) => <ShortId id={row.id} />,
        },
      ]}
      list={organisations.list}
      create={may ? organisations.create : undefined}
      update={may ? organisations.update : undefined}
      archive={may ? organisations.archive : undefined}
      restore={may ? organisations.restore : undefined}
    />
  );
}
