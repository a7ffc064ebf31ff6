import { useTranslation } from "react-i18next";
import { Nothing } from "../ui/Nothing";
import { TimeAgo } from "../ui/TimeAgo";
import { useNow } from "../ui/useNow";
import type { Ticket } from "./api";
import classes from "./tickets.module.css";

/** When it should be done; said and coloured once that is past and it is not. */
export function Due({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  const now = useNow();
  if (!ticket.due_at || ticket.closed_at) return <Nothing />;
  if (new Date(ticket.due_at) >= now) return <TimeAgo at={ticket.due_at} />;
  return (
    <span className={classes.overdue}>
      {t("tickets.overdue")} · <TimeAgo at={ticket.due_at} />
    </span>
  );
}
