// Following a ticket, and whom one can name in what one says on it.
import { useQuery } from "@tanstack/react-query";
import { ask, http } from "../api/client";
import { useAction } from "../api/useAction";
import type { Family } from "./api";

/** Follows a ticket, or follows it no more. */
export function useWatch(family: Family, id: string) {
  return useAction({
    run: (follow: boolean) => {
      if (family === "work_order") {
        const params = { path: { order_id: id } };
        return follow
          ? ask(http.PUT("/api/v1/work-orders/{order_id}/watch", { params }))
          : ask(http.DELETE("/api/v1/work-orders/{order_id}/watch", { params }));
      }
      const params = { path: { complaint_id: id } };
      return follow
        ? ask(http.PUT("/api/v1/complaints/{complaint_id}/watch", { params }))
        : ask(http.DELETE("/api/v1/complaints/{complaint_id}/watch", { params }));
    },
    touches: [[family === "work_order" ? "work-orders" : "complaints", "one", id]],
  });
}

export interface Named {
  value: string;
  label: string;
}

/** People of these organisations whose name holds the words. */
export function usePeopleOf(organisationIds: string[], words: string, enabled: boolean) {
  return useQuery({
    queryKey: ["people", "of", organisationIds, words],
    enabled,
    queryFn: async ({ signal }): Promise<Named[]> => {
      const pages = await Promise.all(
        organisationIds.map((organisation_id) =>
          ask(
            http.GET("/api/v1/people", {
              params: {
                query: { organisation_id, active: true, q: words || undefined, limit: 20 },
              },
              signal,
            }),
          ),
        ),
      );
      return pages
        .flatMap((page) => page.items)
        .map((person) => ({ value: person.id, label: person.name }));
    },
  });
}
