import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../ui/EmptyState";
import { ComplaintLink, OrderLink } from "../ui/links";
import { QueryState } from "../ui/QueryState";
import { StatusChip } from "../ui/StatusChip";
import small from "../ui/small.module.css";
import { TimeAgo } from "../ui/TimeAgo";
import type { Paged } from "../ui/usePaged";
import type { Ticket } from "./api";
import classes from "./tickets.module.css";
import { useTicketTitle } from "./useTicketTitle";

const SHOWN = 5;

interface Props {
  tickets: Paged<Ticket>;
  empty: string;
  /** Where all of them are listed. */
  all: { to: "/work-orders" | "/complaints"; assetId: string };
}

/** A few tickets in a side column. */
export function TicketList({ tickets, empty, all }: Props) {
  const { t } = useTranslation();
  const titleOf = useTicketTitle();
  return (
    <QueryState query={tickets} height={72} small>
      {(data) => {
        const rows = data.pages.flatMap((page) => page.items);
        if (rows.length === 0) return <EmptyState small title={empty} />;
        return (
          <>
            <ul className={classes.links}>
              {rows.slice(0, SHOWN).map((ticket) => {
                const Named = ticket.kind === "complaint" ? ComplaintLink : OrderLink;
                return (
                  <li key={ticket.id}>
                    <div className={classes.linked}>
                      <span>
                        <Named id={ticket.id} number={ticket.number} />{" "}
                        <StatusChip of="stage" state={ticket.stage} />
                      </span>
                      <span className={classes.linkedTitle}>
                        {titleOf(ticket)} · <TimeAgo at={ticket.created_at} />
                      </span>
                    </div>
                  </li>
                );
              })}
            </ul>
            {rows.length > SHOWN ? (
              <p className={classes.quiet}>
                <Link
                  to={all.to}
                  search={{ asset: all.assetId, state: "any" }}
                  className={small.link}
                >
                  {t("tickets.showAll")}
                </Link>
              </p>
            ) : null}
          </>
        );
      }}
    </QueryState>
  );
}
