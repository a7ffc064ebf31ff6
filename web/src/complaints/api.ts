import { ask, http, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { type TicketFilter, useTickets } from "../tickets/api";

export function useComplaints(filter: TicketFilter, enabled = true) {
  return useTickets("complaint", filter, enabled);
}

export function useCreateComplaint(key: string, then: (id: string) => void) {
  return useAction({
    run: (body: Schemas["ComplaintCreate"]) =>
      ask(
        http.POST("/api/v1/complaints", { params: { header: { "idempotency-key": key } }, body }),
      ),
    touches: [["complaints"], ["work-orders"]],
    after: (made) => then(made.id),
  });
}
