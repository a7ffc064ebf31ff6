import { useTranslation } from "react-i18next";
import { AssetSummary } from "../assets/AssetSummary";
import { OrdersOfAsset } from "../orders/OrdersOfAsset";
import { EmptyState } from "../ui/EmptyState";
import { Section } from "../ui/Section";
import { ComplaintsOfAsset } from "./ComplaintsOfAsset";

/** What is known of the machine a complaint is about, so that the customer need not tell it again. */
export function KnownAbout({ assetId }: { assetId: string | null }) {
  const { t } = useTranslation();
  if (!assetId) {
    return (
      <Section title={t("complaints.known")}>
        <EmptyState small title={t("complaints.knownHint")} />
      </Section>
    );
  }
  return (
    <>
      <AssetSummary assetId={assetId} />
      <OrdersOfAsset assetId={assetId} title={t("complaints.ordersBefore")} />
      <ComplaintsOfAsset assetId={assetId} title={t("complaints.complaintsBefore")} />
    </>
  );
}
