import { useCallback } from "react";
import { useEnum } from "../ui/useEnum";
import { useLocal } from "../ui/useLocal";

interface Titled {
  title: string;
  reason?: unknown;
}

/** A ticket's title; one that an alarm gave is read in the reader's language. */
export function useTicketTitle(): (ticket: Titled) => string {
  const local = useLocal();
  return useCallback(
    (ticket) => {
      const summary = (ticket.reason as { summary?: unknown } | null | undefined)?.summary;
      return (summary ? local(summary) : "") || ticket.title;
    },
    [local],
  );
}

/** A short heading for a ticket's own page; the sentence of its alarm stands below with the chart. */
export function useTicketHeading(): (
  ticket: Titled & { failure_mode: string; asset_name: string | null },
) => string {
  const word = useEnum();
  return useCallback(
    (ticket) =>
      ticket.reason && ticket.failure_mode !== "unspecified"
        ? `${word("failureMode", ticket.failure_mode)} · ${ticket.asset_name ?? ""}`
        : ticket.title,
    [word],
  );
}
