import { useQuery } from "@tanstack/react-query";
import { ask, http, type Schemas } from "../api/client";

export type Clock = Schemas["SlaClockView"];
export type Clocks = Schemas["TicketClocksView"] & { readAt: number };

const EVERY_MS = 60_000;

/** The clocks of a ticket and when they were read; null where no policy runs any. */
export function useClocks(family: "complaint" | "work_order", ticketId: string, enabled: boolean) {
  return useQuery({
    queryKey: [family === "complaint" ? "complaints" : "work-orders", "clocks", ticketId],
    queryFn: async ({ signal }): Promise<Clocks | null> => {
      const found = await ask(
        http.GET("/api/v1/sla/clocks", {
          params: { query: { ticket_id: [ticketId] } },
          signal,
        }),
      );
      const clocks = found.items[0];
      return clocks && clocks.clocks.length > 0 ? { ...clocks, readAt: Date.now() } : null;
    },
    enabled,
    refetchInterval: EVERY_MS,
  });
}
