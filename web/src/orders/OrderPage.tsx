import { Skeleton } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { SimilarCases } from "../knowledge/SimilarCases";
import { TicketClocks } from "../sla/TicketClocks";
import { Actions } from "../tickets/Actions";
import { useTicket } from "../tickets/api";
import { CommentBox, type Suggested } from "../tickets/CommentBox";
import { FilesSection } from "../tickets/files/FilesSection";
import { LinkedTickets } from "../tickets/LinkedTickets";
import { TicketTimeline } from "../tickets/TicketTimeline";
import tickets from "../tickets/tickets.module.css";
import { useTicketHeading } from "../tickets/useTicketTitle";
import { Watching } from "../tickets/Watching";
import { Page, TwoColumns } from "../ui/Page";
import { Priority } from "../ui/Priority";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { StatusChip } from "../ui/StatusChip";
import { useEnum } from "../ui/useEnum";
import { ClaimsOfOrder } from "./ClaimsOfOrder";
import { OrderFacts } from "./OrderFacts";
import { ReasonSection } from "./ReasonSection";
import { WorkDone } from "./WorkDone";

/** One work order: why it exists, what to do about it, what was done. */
export function OrderPage() {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay();
  const headingOf = useTicketHeading();
  const { orderId } = useParams({ from: "/work-orders/$orderId" });
  const order = useTicket("work_order", orderId);
  const mayComment = may("work_orders.handle") || may("complaints.create");
  const [suggested, setSuggested] = useState<Suggested | null>(null);
  const crumbs = [{ label: t("orders.title"), to: "/work-orders" as const }];

  return (
    <QueryState
      query={order}
      skeleton={
        <Page title={t("orders.order")} crumbs={crumbs}>
          <Skeleton height={420} radius="md" />
        </Page>
      }
    >
      {(detail) => (
        <Page
          crumbs={crumbs}
          title={headingOf(detail)}
          tabTitle={detail.number}
          subtitle={`${detail.number} · ${word("ticketKind", detail.kind)}`}
          marks={
            <>
              <StatusChip of="stage" state={detail.stage} />
              <Priority level={detail.priority} long over={!detail.open} />
            </>
          }
          actions={<Actions family="work_order" detail={detail} />}
        >
          <TwoColumns
            main={
              <>
                <ReasonSection detail={detail} />
                {detail.reason ? null : (
                  <Section title={t("tickets.description")}>
                    <p className={tickets.prose}>{detail.description || "–"}</p>
                  </Section>
                )}
                <WorkDone detail={detail} />
                <FilesSection family="work_order" id={detail.id} />
                <Section title={t("tickets.timeline")}>
                  <TicketTimeline entries={detail.timeline} />
                  {mayComment ? (
                    <div className={tickets.comments}>
                      <CommentBox
                        key={detail.id}
                        family="work_order"
                        detail={detail}
                        suggested={suggested}
                      />
                    </div>
                  ) : null}
                </Section>
              </>
            }
            side={
              <>
                <TicketClocks family="work_order" ticketId={detail.id} />
                <Section title={t("tickets.facts")}>
                  <OrderFacts detail={detail} />
                </Section>
                <SimilarCases
                  ticketId={detail.id}
                  resolved={Boolean(detail.findings)}
                  onReply={
                    mayComment ? (text) => setSuggested({ ticketId: detail.id, text }) : undefined
                  }
                />
                <Section title={t("tickets.linked")}>
                  <LinkedTickets detail={detail} />
                </Section>
                <ClaimsOfOrder detail={detail} />
                <Watching family="work_order" detail={detail} />
              </>
            }
          />
        </Page>
      )}
    </QueryState>
  );
}
