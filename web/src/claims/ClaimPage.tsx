import { Skeleton } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { OrderById } from "../orders/OrderById";
import { Facts } from "../ui/Facts";
import { AssetLink } from "../ui/links";
import { Page, TwoColumns } from "../ui/Page";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { ShortId } from "../ui/ShortId";
import { StatusChip } from "../ui/StatusChip";
import { DateOnly, TimeAgo } from "../ui/TimeAgo";
import { type Claim, useClaim } from "./api";
import { ClaimActions } from "./ClaimActions";
import { ClaimLine } from "./ClaimLine";
import { RefusalBox } from "./RefusalBox";

/** One claim: its answer first, then each line with its coverage. */
export function ClaimPage() {
  const { t } = useTranslation();
  const { claimId } = useParams({ from: "/claims/$claimId" });
  const claim = useClaim(claimId);
  const crumbs = [{ label: t("claims.title"), to: "/claims" as const }];
  return (
    <QueryState
      query={claim}
      skeleton={
        <Page title={t("claims.claim")} crumbs={crumbs}>
          <Skeleton height={420} radius="md" />
        </Page>
      }
    >
      {(found) => (
        <Page
          crumbs={crumbs}
          title={found.number}
          marks={<StatusChip of="claimState" state={found.state} />}
          subtitle={found.serial_number}
          actions={<ClaimActions claim={found} />}
        >
          <RefusalBox refusal={found.refusal} />
          <TwoColumns
            main={
              <Section title={t("claims.lines")} testId="claim-lines">
                {found.lines.map((line) => (
                  <ClaimLine key={line.id} line={line} decided={found.refusal} />
                ))}
              </Section>
            }
            side={
              <Section title={t("tickets.facts")}>
                <ClaimFacts claim={found} />
              </Section>
            }
          />
        </Page>
      )}
    </QueryState>
  );
}

function ClaimFacts({ claim }: { claim: Claim }) {
  const { t } = useTranslation();
  return (
    <Facts
      items={[
        {
          label: t("common.asset"),
          value: <AssetLink id={claim.asset_id} name={claim.serial_number} />,
        },
        {
          label: t("orders.order"),
          value: claim.work_order_id ? <OrderById id={claim.work_order_id} /> : null,
        },
        { label: t("claims.failureOn"), value: <DateOnly on={claim.failure_on} /> },
        { label: t("claims.repairedOn"), value: <DateOnly on={claim.repaired_on} /> },
        { label: t("claims.meter"), value: claim.meter },
        { label: t("claims.invoice"), value: claim.invoice_number },
        {
          label: t("claims.customerPaid"),
          value: claim.customer_paid ? t("common.yes") : t("common.no"),
        },
        { label: t("claims.claimant"), value: claim.claimant_name },
        { label: t("claims.submitted"), value: <TimeAgo at={claim.submitted_at} exact /> },
        claim.decided_at && {
          label: t("claims.decided"),
          value: <TimeAgo at={claim.decided_at} exact />,
        },
        claim.decided_by && { label: t("claims.decidedBy"), value: claim.decided_by },
        claim.decision_reason && {
          label: t("common.reason"),
          value: claim.decision_reason,
          wide: true,
        },
        claim.paid_at && { label: t("claims.paid"), value: <TimeAgo at={claim.paid_at} exact /> },
        claim.reversed_at && {
          label: t("claims.reversed"),
          value: <TimeAgo at={claim.reversed_at} exact />,
        },
        { label: t("tickets.id"), value: <ShortId id={claim.id} /> },
      ]}
    />
  );
}
