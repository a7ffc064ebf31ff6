import { Skeleton } from "@mantine/core";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { AssetSummary } from "../assets/AssetSummary";
import { useTicket } from "../tickets/api";
import { Page } from "../ui/Page";
import { QueryState } from "../ui/QueryState";
import { ClaimForm } from "./ClaimForm";
import { claimOfOrder, emptyClaim } from "./claimValues";

/** Submitting a claim, begun from a work order where there is one. */
export function NewClaimPage() {
  const { t } = useTranslation();
  const { asset, order } = useSearch({ from: "/claims/new" });
  return (
    <Page title={t("claims.newTitle")} crumbs={[{ label: t("claims.title"), to: "/claims" }]}>
      {order ? (
        <FromOrder orderId={order} />
      ) : (
        <ClaimForm begin={emptyClaim(asset ?? null)} aside={AssetSummary} />
      )}
    </Page>
  );
}

function FromOrder({ orderId }: { orderId: string }) {
  const order = useTicket("work_order", orderId);
  return (
    <QueryState query={order} skeleton={<Skeleton height={480} radius="md" />}>
      {(detail) => <ClaimForm begin={claimOfOrder(detail)} aside={AssetSummary} />}
    </QueryState>
  );
}
