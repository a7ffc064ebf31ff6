import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, idempotencyKey, ifMatch, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { usePaged } from "../ui/usePaged";

export type Gateway = Schemas["GatewayView"];
export type Quarantined = Schemas["QuarantineView"];

export function useGateways() {
  return usePaged<Gateway>(["gateways", "list"], (cursor, signal) =>
    ask(http.GET("/api/v1/gateways", { params: { query: { cursor, limit: 50 } }, signal })),
  );
}

export function useGateway(gatewayId: string) {
  return useQuery({
    queryKey: ["gateways", "one", gatewayId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/gateways/{gateway_id}", {
          params: { path: { gateway_id: gatewayId } },
          signal,
        }),
      ),
    // Counts move all the time and are not announced one by one.
    refetchInterval: 10_000,
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

export function useQuarantine(gatewayId?: string) {
  return usePaged<Quarantined>(["gateways", "quarantine", gatewayId], (cursor, signal) =>
    ask(
      http.GET("/api/v1/quarantine", {
        params: { query: { cursor, limit: 50, gateway_id: gatewayId } },
        signal,
      }),
    ),
  );
}

export function useReplay(entry: Quarantined) {
  const { t } = useTranslation();
  return useAction({
    run: (_: undefined) =>
      ask(
        http.POST("/api/v1/quarantine/{entry_id}/replay", {
          params: { path: { entry_id: entry.id }, header: { "idempotency-key": idempotencyKey() } },
        }),
      ),
    touches: [["gateways"]],
    done: ({ stored }) => t("gateways.replayed", { stored }),
  });
}

export function useDrop(entry: Quarantined, after: () => void) {
  return useAction({
    run: (reason: string) =>
      ask(
        http.POST("/api/v1/quarantine/{entry_id}/drop", {
          params: {
            path: { entry_id: entry.id },
            header: { "if-match": ifMatch(entry.version) },
          },
          body: { reason },
        }),
      ),
    touches: [["gateways"]],
    after,
  });
}
