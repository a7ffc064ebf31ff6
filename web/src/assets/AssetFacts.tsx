import { useTranslation } from "react-i18next";
import { Facts } from "../ui/Facts";
import { ShortId } from "../ui/ShortId";
import { DateOnly } from "../ui/TimeAgo";
import type { Asset } from "./api";

/** Whose it is, where it stands, since when. */
export function AssetFacts({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  return (
    <Facts
      items={[
        { label: t("common.serial"), value: asset.serial_number },
        { label: t("assets.model"), value: `${asset.model_code} · ${asset.model_name}` },
        { label: t("common.customer"), value: asset.organisation_name },
        { label: t("common.site"), value: asset.site_name },
        { label: t("assets.location"), value: asset.location },
        { label: t("assets.manufactured"), value: <DateOnly on={asset.manufactured_on} /> },
        { label: t("assets.delivered"), value: <DateOnly on={asset.delivered_on} /> },
        { label: t("assets.commissioned"), value: <DateOnly on={asset.commissioned_on} /> },
        { label: t("tickets.id"), value: <ShortId id={asset.id} /> },
      ]}
    />
  );
}
