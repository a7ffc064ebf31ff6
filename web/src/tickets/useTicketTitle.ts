import { useCallback } from "react";
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
