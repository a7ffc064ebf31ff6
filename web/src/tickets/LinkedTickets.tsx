import { ActionIcon, Button } from "@mantine/core";
import { Link2Off } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { ActionProblem } from "../ui/ActionProblem";
import { EmptyState } from "../ui/EmptyState";
import { ComplaintLink, OrderLink } from "../ui/links";
import { StatusChip } from "../ui/StatusChip";
import { type TicketDetail, type TicketLink, useLinks } from "./api";
import classes from "./tickets.module.css";
import { useTicketTitle } from "./useTicketTitle";

/** What belongs to the same failure; on a complaint also what may belong to it. */
export function LinkedTickets({
  detail,
  complaintId,
}: {
  detail: TicketDetail;
  complaintId?: string;
}) {
  const { t } = useTranslation();
  const may = useMay();
  const { link, unlink } = useLinks(complaintId ?? "");
  const changeable = complaintId !== undefined && may("complaints.handle");
  return (
    <>
      {detail.links.length === 0 ? <EmptyState small title={t("tickets.noLinks")} /> : null}
      <ul className={classes.links} data-testid="linked-tickets">
        {detail.links.map((each) => (
          <li key={each.ticket_id}>
            <Linked link={each} note={each.by_rule ? t("tickets.byRule") : undefined} />
            {changeable ? (
              <ActionIcon
                size="sm"
                aria-label={t("tickets.unlink", { number: each.number })}
                onClick={() => unlink.mutate(each.ticket_id)}
              >
                <Link2Off size={14} />
              </ActionIcon>
            ) : null}
          </li>
        ))}
      </ul>
      {changeable && detail.suggestions.length > 0 ? (
        <>
          <p className={classes.quiet}>{t("tickets.suggestions")}</p>
          <ul className={classes.links}>
            {detail.suggestions.map((each) => (
              <li key={each.ticket_id}>
                <Linked link={each} />
                <Button
                  size="compact-xs"
                  variant="default"
                  loading={link.isPending}
                  onClick={() => link.mutate(each.ticket_id)}
                >
                  {t("tickets.link")}
                </Button>
              </li>
            ))}
          </ul>
        </>
      ) : null}
      <ActionProblem error={link.error ?? unlink.error} />
    </>
  );
}

function Linked({ link, note }: { link: TicketLink; note?: string }) {
  const Named = link.kind === "complaint" ? ComplaintLink : OrderLink;
  const title = useTicketTitle()({ title: link.title, reason: link });
  return (
    <div className={classes.linked}>
      <span>
        <Named id={link.ticket_id} number={link.number} />{" "}
        <StatusChip of="stage" state={link.stage} />
      </span>
      <span className={classes.linkedTitle}>{note ? `${title} · ${note}` : title}</span>
    </div>
  );
}
