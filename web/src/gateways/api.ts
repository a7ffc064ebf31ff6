import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, ifMatch, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { usePaged } from "../ui/usePaged";
import { everything } from "./everything";
import { SHOWN, type Show } from "./show";

export type Gateway = Schemas["GatewayView"];
export type GatewayAlarm = Schemas["GatewayAlarmView"];
export type GatewayTag = Schemas["GatewayTagView"];

// Counts move all the time and are not announced one by one.
const COUNTS_MS = 10_000;
const LIST_MS = 20_000;

/** Every gateway that is seen, for what is drawn of all of them. */
export function useAllGateways() {
  return useQuery({
    queryKey: ["gateways", "all"],
    queryFn: ({ signal }) =>
      everything((cursor) =>
        ask(http.GET("/api/v1/gateways", { params: { query: { cursor, limit: 200 } }, signal })),
      ),
    refetchInterval: LIST_MS,
  });
}

/** Where gateways are looked for. */
export interface Places {
  q?: string;
  organisation?: string;
  site?: string;
}

const queryOf = ({ q, organisation, site }: Places) => ({
  q,
  organisation_id: organisation,
  site_id: site,
});

/** Gateways page by page, those in trouble first. */
export function useGateways(places: Places, show: Show | undefined) {
  return usePaged<Gateway>(
    ["gateways", "list", places, show],
    (cursor, signal) =>
      ask(
        http.GET("/api/v1/gateways", {
          params: { query: { cursor, limit: 50, ...queryOf(places), ...SHOWN[show ?? "all"] } },
          signal,
        }),
      ),
    true,
    LIST_MS,
  );
}

/** How many gateways there are of each state, at these places. */
export function useGatewayCounts(places: Places) {
  return useQuery({
    queryKey: ["gateways", "counts", places],
    queryFn: ({ signal }) =>
      ask(http.GET("/api/v1/gateways/counts", { params: { query: queryOf(places) }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: LIST_MS,
  });
}

export function useGateway(gatewayId: string | undefined, everyMs = COUNTS_MS) {
  return useQuery({
    queryKey: ["gateways", "one", gatewayId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/gateways/{gateway_id}", {
          params: { path: { gateway_id: gatewayId ?? "" } },
          signal,
        }),
      ),
    enabled: Boolean(gatewayId),
    refetchInterval: everyMs,
  });
}

export function useCreateGateway(after: (made: Schemas["GatewayCreated"]) => void) {
  return useAction({
    // The form's fields are data, so that its body is checked by the API and not by the compiler.
    run: (body: Record<string, unknown>) =>
      ask(http.POST("/api/v1/gateways", { body: body as Schemas["GatewayCreate"] })),
    touches: [["gateways"]],
    after,
  });
}

export function useRevokeGateway(gateway: Gateway, after: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (_: undefined) =>
      ask(
        http.POST("/api/v1/gateways/{gateway_id}/revoke", {
          params: {
            path: { gateway_id: gateway.id },
            header: { "if-match": ifMatch(gateway.version) },
          },
        }),
      ),
    touches: [["gateways"]],
    done: () => t("gateways.revoked", { name: gateway.name }),
    after,
  });
}

export function useGatewayAlarms(gatewayId: string) {
  return usePaged<GatewayAlarm>(["gateways", "alarms", gatewayId], (cursor, signal) =>
    ask(
      http.GET("/api/v1/gateway-alarms", {
        params: { query: { cursor, limit: 5, gateway_id: gatewayId } },
        signal,
      }),
    ),
  );
}

export interface TagWish {
  q?: string;
  assetId?: string;
  /** Instead those that are read no more. */
  removed?: boolean;
}

/** What a gateway reads, with the newest readings; those that are not followed live are asked for again. */
export function useTags(gatewayId: string, wish: TagWish, everyMs?: number) {
  const tags = usePaged<GatewayTag>(
    ["gateways", "tags", gatewayId, wish],
    (cursor, signal) =>
      ask(
        http.GET("/api/v1/gateways/{gateway_id}/tags", {
          params: {
            path: { gateway_id: gatewayId },
            query: {
              cursor,
              limit: 100,
              q: wish.q,
              asset_id: wish.assetId,
              removed: wish.removed,
            },
          },
          signal,
        }),
      ),
    true,
    everyMs,
  );
  return tags;
}

/** The machines a gateway reads, from the beginning of its tags. */
export function useMachines(gatewayId: string) {
  return useQuery({
    queryKey: ["gateways", "machines", gatewayId],
    queryFn: async ({ signal }) => {
      const { items } = await everything((cursor) =>
        ask(
          http.GET("/api/v1/gateways/{gateway_id}/tags", {
            params: { path: { gateway_id: gatewayId }, query: { cursor, limit: 200 } },
            signal,
          }),
        ),
      );
      const found = new Map(items.map((tag) => [tag.asset_id, tag]));
      return [...found.values()].map((tag) => ({
        id: tag.asset_id,
        name: tag.asset_name,
        serial: tag.asset_serial,
      }));
    },
    staleTime: 60_000,
  });
}

export function useSites(enabled = true) {
  return useQuery({
    queryKey: ["sites", "all"],
    queryFn: ({ signal }) =>
      everything((cursor) =>
        ask(http.GET("/api/v1/sites", { params: { query: { cursor, limit: 200 } }, signal })),
      ),
    enabled,
    staleTime: 60_000,
  });
}
