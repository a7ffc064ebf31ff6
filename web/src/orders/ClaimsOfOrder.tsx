import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { useClaims } from "../claims/api";
import { ClaimList } from "../claims/ClaimList";
import type { TicketDetail } from "../tickets/api";
import { LinkButton } from "../ui/LinkButton";
import { Section } from "../ui/Section";

/** The claims made for an order, and the next one begun from its parts. */
export function ClaimsOfOrder({ detail }: { detail: TicketDetail }) {
  const { t } = useTranslation();
  const may = useMay();
  const claims = useClaims({ workOrderId: detail.id }, may("claims.read"));
  if (!may("claims.read")) return null;
  return (
    <Section
      title={t("orders.claims")}
      aside={
        may("claims.submit") && detail.parts.length > 0 ? (
          <LinkButton
            to="/claims/new"
            search={{ order: detail.id }}
            size="compact-xs"
            variant="default"
            data-testid="claim-for-order"
          >
            {t("orders.claim")}
          </LinkButton>
        ) : null
      }
    >
      <ClaimList claims={claims} empty={t("orders.noClaims")} />
    </Section>
  );
}
