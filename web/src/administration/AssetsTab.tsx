import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { MODELS, ORGANISATIONS, sitesOf } from "../api/sources";
import { useMay } from "../app/session";
import { AssetLink } from "../ui/links";
import { Nothing } from "../ui/Nothing";
import type { Field } from "../ui/record/fields";
import { DateOnly } from "../ui/TimeAgo";
import { RecordsTab } from "./RecordsTab";
import { assets } from "./verbs";

type Row = Schemas["AssetView"];

/** The installed base. */
export function AssetsTab() {
  const { t } = useTranslation();
  const may = useMay()("assets.write");
  const fields: Field[] = [
    { name: "serial_number", label: t("common.serial"), form: "text", required: true },
    { name: "name", label: t("common.name"), form: "text", required: true },
    {
      name: "model_id",
      label: t("assets.model"),
      form: "remote",
      required: true,
      source: () => MODELS,
    },
    {
      name: "organisation_id",
      label: t("common.customer"),
      form: "remote",
      required: true,
      source: () => ORGANISATIONS,
    },
    {
      name: "site_id",
      label: t("common.site"),
      form: "remote",
      source: (values) =>
        sitesOf(typeof values.organisation_id === "string" ? values.organisation_id : null),
    },
    { name: "location", label: t("assets.location"), form: "text" },
    { name: "manufactured_on", label: t("assets.manufactured"), form: "date" },
    { name: "delivered_on", label: t("assets.delivered"), form: "date" },
    { name: "commissioned_on", label: t("assets.commissioned"), form: "date" },
  ];
  return (
    <RecordsTab<Row>
      queryKey="assets"
      label={t("administration.tabs.assets")}
      newLabel={t("administration.newAsset")}
      emptyHint={t("administration.assetsHint")}
      nameOf={(row) => `${row.serial_number} · ${row.name}`}
      fields={fields}
      columns={[
        {
          key: "asset",
          header: t("common.asset"),
          phone: "main",
          cell: (row) => <AssetLink id={row.id} name={row.name} serial={row.serial_number} />,
        },
        { key: "model", header: t("assets.model"), cell: (row) => row.model_code },
        { key: "customer", header: t("common.customer"), cell: (row) => row.organisation_name },
        { key: "site", header: t("common.site"), cell: (row) => row.site_name ?? <Nothing /> },
        {
          key: "since",
          header: t("assets.commissioned"),
          phone: "hidden",
          cell: (row) => <DateOnly on={row.commissioned_on} />,
        },
      ]}
      list={assets.list}
      create={may ? assets.create : undefined}
      update={may ? assets.update : undefined}
      archive={may ? assets.archive : undefined}
      restore={may ? assets.restore : undefined}
    />
  );
}
