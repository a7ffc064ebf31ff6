import { Skeleton } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { SimilarCases } from "../knowledge/SimilarCases";
import { TicketClocks } from "../sla/TicketClocks";
import { Actions } from "../tickets/Actions";
import { type TicketDetail, useTicket } from "../tickets/api";
import { CommentBox, type Suggested } from "../tickets/CommentBox";
import { FilesSection } from "../tickets/files/FilesSection";
import { LinkedTickets } from "../tickets/LinkedTickets";
import { TicketTimeline } from "../tickets/TicketTimeline";
import tickets from "../tickets/tickets.module.css";
import { Watching } from "../tickets/Watching";
import { Facts } from "../ui/Facts";
import { AssetLink } from "../ui/links";
import { Page, TwoColumns } from "../ui/Page";
import { Priority } from "../ui/Priority";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { ShortId } from "../ui/ShortId";
import { StatusChip } from "../ui/StatusChip";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";

/** One complaint: the customer's words, what is done about it, who said what. */
export function ComplaintPage() {
  const { t } = useTranslation();
  const may = useMay();
  const { complaintId } = useParams({ from: "/complaints/$complaintId" });
  const complaint = useTicket("complaint", complaintId);
  const [suggested, setSuggested] = useState<Suggested | null>(null);
  const crumbs = [{ label: t("complaints.title"), to: "/complaints" as const }];
  return (
    <QueryState
      query={complaint}
      skeleton={
        <Page title={t("complaints.complaint")} crumbs={crumbs}>
          <Skeleton height={420} radius="md" />
        </Page>
      }
    >
      {(detail) => (
        <Page
          crumbs={crumbs}
          title={detail.title}
          tabTitle={detail.number}
          subtitle={`${detail.number} · ${detail.organisation_name}`}
          marks={
            <>
              <StatusChip of="stage" state={detail.stage} />
              <Priority level={detail.priority} long over={!detail.open} />
            </>
          }
          actions={<Actions family="complaint" detail={detail} />}
        >
          <TwoColumns
            main={
              <>
                <Section title={t("complaints.words")}>
                  <p className={tickets.prose}>{detail.description}</p>
                  <Expectation detail={detail} />
                </Section>
                {detail.findings ? (
                  <Section title={t("complaints.solution")}>
                    <p className={tickets.prose}>{detail.findings}</p>
                  </Section>
                ) : null}
                <FilesSection family="complaint" id={detail.id} />
                <Section title={t("tickets.timeline")}>
                  <TicketTimeline entries={detail.timeline} />
                  {may("complaints.create") ? (
                    <div className={tickets.comments}>
                      <CommentBox
                        key={detail.id}
                        family="complaint"
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
                <TicketClocks family="complaint" ticketId={detail.id} />
                <SimilarCases
                  ticketId={detail.id}
                  resolved={Boolean(detail.findings)}
                  onReply={
                    may("complaints.create")
                      ? (text) => setSuggested({ ticketId: detail.id, text })
                      : undefined
                  }
                />
                <Section title={t("tickets.linked")}>
                  <LinkedTickets detail={detail} complaintId={detail.id} />
                </Section>
                <Section title={t("tickets.facts")}>
                  <ComplaintFacts detail={detail} />
                </Section>
                <Watching family="complaint" detail={detail} />
              </>
            }
          />
        </Page>
      )}
    </QueryState>
  );
}

const field = (detail: TicketDetail, name: string): string => {
  const value = detail.fields[name];
  return typeof value === "string" ? value : "";
};

function Expectation({ detail }: { detail: TicketDetail }) {
  const { t } = useTranslation();
  const wish = field(detail, "expectation");
  if (!wish) return null;
  return (
    <>
      <p className={tickets.quiet}>{t("complaints.expectation")}</p>
      <p className={tickets.prose}>{wish}</p>
    </>
  );
}

function ComplaintFacts({ detail }: { detail: TicketDetail }) {
  const { t } = useTranslation();
  const word = useEnum();
  return (
    <Facts
      items={[
        {
          label: t("common.asset"),
          value: detail.asset_id ? (
            <AssetLink
              id={detail.asset_id}
              name={detail.asset_name ?? ""}
              serial={detail.asset_serial}
            />
          ) : null,
        },
        { label: t("common.customer"), value: detail.organisation_name },
        {
          label: t("complaints.category"),
          value: word("complaintCategory", field(detail, "category")),
        },
        { label: t("complaints.channel"), value: word("channel", field(detail, "channel")) },
        { label: t("complaints.urgency"), value: word("level", field(detail, "urgency")) },
        { label: t("complaints.impact"), value: word("level", field(detail, "impact")) },
        { label: t("tickets.assignee"), value: detail.assignee_name ?? t("tickets.nobodyYet") },
        { label: t("tickets.due"), value: <TimeAgo at={detail.due_at} exact /> },
        { label: t("complaints.contact"), value: field(detail, "contact_name") },
        {
          label: t("common.phone"),
          value: field(detail, "contact_phone") ? (
            <a href={`tel:${field(detail, "contact_phone")}`}>{field(detail, "contact_phone")}</a>
          ) : null,
        },
        { label: t("common.email"), value: field(detail, "contact_email") },
        { label: t("common.created"), value: <TimeAgo at={detail.created_at} exact /> },
        { label: t("tickets.id"), value: <ShortId id={detail.id} /> },
      ]}
    />
  );
}
