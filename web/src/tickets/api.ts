// Work orders and complaints are one family: the same verbs at two addresses.
import { useQuery } from "@tanstack/react-query";
import { ask, http, idempotencyKey, ifMatch, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { type Paged, type PageOf, usePaged } from "../ui/usePaged";

export * from "./codes";

export type Ticket = Schemas["TicketView"];
export type TicketDetail = Schemas["TicketDetailView"];
export type TimelineEntry = Schemas["TimelineView"];
export type TicketLink = TicketDetail["links"][number];
export type Candidate = Schemas["CandidateView"];
export type Family = Ticket["family"];
export type Action = TicketDetail["allowed_actions"][number];
type Stage = Ticket["stage"];
type OrderKind = Exclude<Ticket["kind"], "complaint">;

export interface TicketFilter {
  stage?: string;
  open?: boolean;
  kind?: string;
  priority?: string;
  assignee?: string;
  assetId?: string;
}

const KEYS = { work_order: "work-orders", complaint: "complaints" } as const;
const LIMIT = 50;

/** A family's tickets, the newest first. A code that is none of ours is left out rather than refused. */
export function useTickets(family: Family, filter: TicketFilter, enabled = true): Paged<Ticket> {
  const query = (cursor: string | undefined) => ({
    cursor,
    limit: LIMIT,
    stage: filter.stage ? [filter.stage as Stage] : undefined,
    priority: filter.priority ? [filter.priority as Ticket["priority"]] : undefined,
    assignee: filter.assignee,
    asset_id: filter.assetId,
    open: filter.open,
  });
  return usePaged<Ticket>(
    [KEYS[family], "list", filter],
    (cursor, signal): Promise<PageOf<Ticket>> =>
      family === "work_order"
        ? ask(
            http.GET("/api/v1/work-orders", {
              params: {
                query: {
                  ...query(cursor),
                  kind: filter.kind ? [filter.kind as OrderKind] : undefined,
                },
              },
              signal,
            }),
          )
        : ask(http.GET("/api/v1/complaints", { params: { query: query(cursor) }, signal })),
    enabled,
  );
}

export function useTicket(family: Family, id: string) {
  return useQuery({
    queryKey: [KEYS[family], "one", id],
    queryFn: ({ signal }) =>
      family === "work_order"
        ? ask(
            http.GET("/api/v1/work-orders/{order_id}", {
              params: { path: { order_id: id } },
              signal,
            }),
          )
        : ask(
            http.GET("/api/v1/complaints/{complaint_id}", {
              params: { path: { complaint_id: id } },
              signal,
            }),
          ),
  });
}

export type Move = { action: Action } & Schemas["ActionIn"];

/** Moves a ticket along its stages, from the version that is shown. */
export function useMove(family: Family, id: string, version: number, then?: () => void) {
  return useAction({
    run: ({ action, ...body }: Move) => {
      const header = { "if-match": ifMatch(version) };
      return family === "work_order"
        ? ask(
            http.POST("/api/v1/work-orders/{order_id}/actions/{action}", {
              params: { path: { order_id: id, action }, header },
              body,
            }),
          )
        : ask(
            http.POST("/api/v1/complaints/{complaint_id}/actions/{action}", {
              params: { path: { complaint_id: id, action }, header },
              body,
            }),
          );
    },
    // Closing an order settles complaints, moves parts and fits pieces.
    touches: [["work-orders"], ["complaints"], ["fittings"], ["stock"]],
    after: then,
  });
}

export function useComment(family: Family, id: string, then: () => void) {
  return useAction({
    run: (body: Schemas["CommentIn"]) => {
      const header = { "idempotency-key": idempotencyKey() };
      return family === "work_order"
        ? ask(
            http.POST("/api/v1/work-orders/{order_id}/comments", {
              params: { path: { order_id: id }, header },
              body,
            }),
          )
        : ask(
            http.POST("/api/v1/complaints/{complaint_id}/comments", {
              params: { path: { complaint_id: id }, header },
              body,
            }),
          );
    },
    touches: [[KEYS[family], "one", id]],
    after: then,
  });
}

/** Who could take a ticket; for a complaint, whoever of the manufacturer handles complaints. */
export function useCandidates(family: Family, detail: TicketDetail) {
  return useQuery({
    queryKey: [KEYS[family], "candidates", detail.id],
    queryFn: async ({ signal }): Promise<Candidate[]> => {
      if (family === "work_order") {
        const found = await ask(
          http.GET("/api/v1/work-orders/{order_id}/candidates", {
            params: { path: { order_id: detail.id } },
            signal,
          }),
        );
        return found.items;
      }
      const found = await ask(
        http.GET("/api/v1/people", { params: { query: { active: true, limit: 200 } }, signal }),
      );
      return found.items
        .filter((person) =>
          person.roles.some((role) => role === "desk_agent" || role === "desk_lead"),
        )
        .map((person) => ({
          id: person.id,
          name: person.name,
          skills: person.skills,
          site_match: false,
          on_shift: false,
          open_tickets: 0,
        }));
    },
  });
}

/** Tying a complaint to the order that answers it, and untying. */
export function useLinks(complaintId: string) {
  const touches = [["complaints"], ["work-orders"]];
  const link = useAction({
    run: (ticketId: string) =>
      ask(
        http.POST("/api/v1/complaints/{complaint_id}/links", {
          params: {
            path: { complaint_id: complaintId },
            header: { "idempotency-key": idempotencyKey() },
          },
          body: { ticket_id: ticketId, kind: "same_failure" },
        }),
      ),
    touches,
  });
  const unlink = useAction({
    run: (ticketId: string) =>
      ask(
        http.DELETE("/api/v1/complaints/{complaint_id}/links/{ticket_id}", {
          params: { path: { complaint_id: complaintId, ticket_id: ticketId } },
        }),
      ),
    touches,
  });
  return { link, unlink };
}
