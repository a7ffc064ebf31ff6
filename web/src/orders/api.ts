import { ask, http, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { type TicketFilter, useTickets } from "../tickets/api";

export function useOrders(filter: TicketFilter, enabled = true) {
  return useTickets("work_order", filter, enabled);
}

export function useCreateOrder(key: string, then: (order: Schemas["TicketDetailView"]) => void) {
  return useAction({
    run: (body: Schemas["OrderCreate"]) =>
      ask(
        http.POST("/api/v1/work-orders", { params: { header: { "idempotency-key": key } }, body }),
      ),
    touches: [["work-orders"], ["complaints"]],
    after: then,
  });
}
