import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { ORGANISATIONS } from "../api/sources";
import { useMay } from "../app/session";
import { Nothing } from "../ui/Nothing";
import type { Field } from "../ui/record/fields";
import { RecordsTab } from "./RecordsTab";
import { sites } from "./verbs";

type Row = Schemas["SiteView"];

/** Where customers have machines. */
export function SitesTab() {
  const { t } = useTranslation();
  const may = useMay()("administration.manage");
  const zones = Intl.supportedValuesOf("timeZone").map((value) => ({ value, label: value }));
  const fields: Field[] = [
    { name: "name", label: t("common.name"), form: "text", required: true },
    {
      name: "organisation_id",
      label: t("common.organisation"),
      form: "remote",
      required: true,
      fixed: true,
      source: () => ORGANISATIONS,
    },
    { name: "address", label: t("administration.address"), form: "long" },
    {
      name: "time_zone",
      label: t("common.timeZone"),
      form: "choice",
      required: true,
      choices: [{ value: "UTC", label: "UTC" }, ...zones.filter(({ value }) => value !== "UTC")],
      initial: Intl.DateTimeFormat().resolvedOptions().timeZone,
    },
    { name: "latitude", label: t("administration.latitude"), form: "number" },
    { name: "longitude", label: t("administration.longitude"), form: "number" },
  ];
  return (
    <RecordsTab<Row>
      queryKey="sites"
      label={t("administration.tabs.sites")}
      newLabel={t("administration.newSite")}
      emptyHint={t("administration.sitesHint")}
      nameOf={(row) => row.name}
      fields={fields}
      columns={[
        { key: "name", header: t("common.name"), phone: "main", cell: (row) => row.name },
        {
          key: "address",
          header: t("administration.address"),
          cell: (row) => row.address ?? <Nothing />,
        },
        { key: "zone", header: t("common.timeZone"), cell: (row) => row.time_zone },
      ]}
      list={sites.list}
      create={may ? sites.create : undefined}
      update={may ? sites.update : undefined}
      archive={may ? sites.archive : undefined}
      restore={may ? sites.restore : undefined}
    />
  );
}
