import { useQuery } from "@tanstack/react-query";
import { ask, http, idempotencyKey, type Schemas } from "../../api/client";
import { useAction } from "../../api/useAction";
import { usePaged } from "../../ui/usePaged";
import type { Node } from "./guess";

export type Browse = Schemas["BrowseView"];

const WAITING_MS = 1_500;
const at = (gatewayId: string) => ({ path: { gateway_id: gatewayId } });

/** The last browses, asked for again while one is under way. */
export function useBrowses(gatewayId: string) {
  return useQuery({
    queryKey: ["gateways", "browses", gatewayId],
    queryFn: ({ signal }) =>
      ask(http.GET("/api/v1/gateways/{gateway_id}/browses", { params: at(gatewayId), signal })),
    refetchInterval: (query) =>
      query.state.data?.items[0]?.state === "waiting" ? WAITING_MS : false,
  });
}

export function useRequestBrowse(gatewayId: string) {
  return useAction({
    run: (body: Schemas["BrowseIn"]) =>
      ask(http.POST("/api/v1/gateways/{gateway_id}/browses", { params: at(gatewayId), body })),
    touches: [["gateways", "browses"]],
  });
}

export function useNodes(gatewayId: string, browseId: string, q: string | undefined) {
  return usePaged<Node>(["gateways", "nodes", browseId, q], (cursor, signal) =>
    ask(
      http.GET("/api/v1/gateways/{gateway_id}/browses/{browse_id}/nodes", {
        params: {
          path: { gateway_id: gatewayId, browse_id: browseId },
          query: { cursor, limit: 200, q },
        },
        signal,
      }),
    ),
  );
}

export function useMapTags(gatewayId: string, after: () => void) {
  return useAction({
    run: (body: Schemas["TagsIn"]) =>
      ask(
        http.POST("/api/v1/gateways/{gateway_id}/tags", {
          params: { ...at(gatewayId), header: { "idempotency-key": idempotencyKey() } },
          body,
        }),
      ),
    touches: [["gateways"]],
    after,
  });
}

export function useSite(siteId: string | null) {
  return useQuery({
    queryKey: ["sites", "one", siteId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/sites/{site_id}", {
          params: { path: { site_id: siteId ?? "" } },
          signal,
        }),
      ),
    enabled: siteId !== null,
    staleTime: 60_000,
  });
}

export function useCreateCustomer(after: (made: Schemas["OrganisationView"]) => void) {
  return useAction({
    run: (body: Schemas["OrganisationCreate"]) =>
      ask(
        http.POST("/api/v1/organisations", {
          params: { header: { "idempotency-key": idempotencyKey() } },
          body,
        }),
      ),
    touches: [["organisations"]],
    after,
  });
}

export function useCreateSite(after: (made: Schemas["SiteView"]) => void) {
  return useAction({
    run: (body: Schemas["SiteCreate"]) =>
      ask(
        http.POST("/api/v1/sites", {
          params: { header: { "idempotency-key": idempotencyKey() } },
          body,
        }),
      ),
    touches: [["sites"]],
    after,
  });
}
