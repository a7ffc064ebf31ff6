import { useQuery } from "@tanstack/react-query";
import { ask, http, type Schemas } from "../../api/client";
import { useAction } from "../../api/useAction";
import type { RemoteSource } from "../../ui/RemoteSelect";
import { usePaged } from "../../ui/usePaged";

export type Letter = Schemas["MailView"];

export const STATES: Letter["state"][] = [
  "held",
  "opened",
  "added",
  "automatic",
  "refused",
  "discarded",
  "waiting",
  "sent",
  "failed",
];

const EVERY_MS = 30_000;

export function useLetters(state: Letter["state"] | undefined) {
  return usePaged<Letter>(
    ["complaints", "mail", state ?? "all"],
    (cursor, signal) =>
      ask(
        http.GET("/api/v1/mail", {
          params: { query: { cursor, limit: 50, state: state ? [state] : undefined } },
          signal,
        }),
      ),
    true,
    EVERY_MS,
  );
}

export function useMailSetup() {
  return useQuery({
    queryKey: ["complaints", "mail", "setup"],
    queryFn: ({ signal }) => ask(http.GET("/api/v1/mail/setup", { signal })),
    refetchInterval: EVERY_MS,
  });
}

export function useLetter(id: string) {
  return useQuery({
    queryKey: ["complaints", "mail", "one", id],
    queryFn: ({ signal }) =>
      ask(http.GET("/api/v1/mail/{mail_id}", { params: { path: { mail_id: id } }, signal })),
  });
}

export type Decision =
  | { what: "open"; organisation: string }
  | { what: "add"; ticket: string }
  | { what: "discard"; reason: string }
  | { what: "sendAgain" };

/** What is to become of a letter. */
export function useDecide(id: string, after: (letter: Letter) => void) {
  const params = { path: { mail_id: id } };
  return useAction({
    run: (decision: Decision): Promise<Letter> => {
      switch (decision.what) {
        case "open":
          return ask(
            http.POST("/api/v1/mail/{mail_id}/open", {
              params,
              body: { organisation_id: decision.organisation },
            }),
          );
        case "add":
          return ask(
            http.POST("/api/v1/mail/{mail_id}/add", {
              params,
              body: { ticket_id: decision.ticket },
            }),
          );
        case "discard":
          return ask(
            http.POST("/api/v1/mail/{mail_id}/discard", {
              params,
              body: { reason: decision.reason },
            }),
          );
        case "sendAgain":
          return ask(http.POST("/api/v1/mail/{mail_id}/send-again", { params }));
      }
    },
    touches: [["complaints"], ["work-orders"]],
    after,
  });
}

const ticket = (row: Pick<Schemas["TicketView"], "id" | "number" | "title">) => ({
  value: row.id,
  label: `${row.number} · ${row.title}`,
});

/** Complaints, found by number and words. */
export const COMPLAINTS: RemoteSource = {
  key: "complaints",
  find: async (q, signal) =>
    (
      await ask(
        http.GET("/api/v1/complaints", {
          params: { query: { q: q || undefined, limit: 20 } },
          signal,
        }),
      )
    ).items.map(ticket),
  read: async (id, signal) =>
    ticket(
      await ask(
        http.GET("/api/v1/complaints/{complaint_id}", {
          params: { path: { complaint_id: id } },
          signal,
        }),
      ),
    ),
};
