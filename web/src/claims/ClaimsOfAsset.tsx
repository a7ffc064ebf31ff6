import { useTranslation } from "react-i18next";
import { Section } from "../ui/Section";
import { useClaims } from "./api";
import { ClaimList } from "./ClaimList";

/** The claims on one machine. */
export function ClaimsOfAsset({ assetId }: { assetId: string }) {
  const { t } = useTranslation();
  const claims = useClaims({ assetId });
  return (
    <Section title={t("claims.title")}>
      <ClaimList claims={claims} empty={t("claims.noneOnAsset")} />
    </Section>
  );
}
