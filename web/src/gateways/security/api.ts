import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, ifMatch, type Schemas } from "../../api/client";
import { useAction } from "../../api/useAction";
import type { Gateway } from "../api";

export type Token = Schemas["EnrolmentTokenView"];
export type NewToken = Schemas["EnrolmentTokenCreated"];

const at = (gatewayId: string) => ({ path: { gateway_id: gatewayId } });
const held = (gateway: Gateway) => ({
  ...at(gateway.id),
  header: { "if-match": ifMatch(gateway.version) },
});

export function useTokens(gatewayId: string) {
  return useQuery({
    queryKey: ["gateways", "tokens", gatewayId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/gateways/{gateway_id}/enrolment-tokens", {
          params: at(gatewayId),
          signal,
        }),
      ),
  });
}

export function useCreateToken(gatewayId: string, after: (made: NewToken) => void) {
  return useAction({
    run: (hours: number | null) =>
      ask(
        http.POST("/api/v1/gateways/{gateway_id}/enrolment-tokens", {
          params: at(gatewayId),
          body: { hours },
        }),
      ),
    touches: [["gateways", "tokens"]],
    after,
  });
}

export function useRevokeToken(gatewayId: string, tokenId: string, after: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (_: undefined) =>
      ask(
        http.DELETE("/api/v1/gateways/{gateway_id}/enrolment-tokens/{token_id}", {
          params: { path: { gateway_id: gatewayId, token_id: tokenId } },
        }),
      ),
    touches: [["gateways", "tokens"]],
    done: () => t("security.tokenRevoked"),
    after,
  });
}

export function useRotateKey(gateway: Gateway, after: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (graceDays: number | null) =>
      ask(
        http.POST("/api/v1/gateways/{gateway_id}/key/rotate", {
          params: held(gateway),
          body: { grace_days: graceDays },
        }),
      ),
    touches: [["gateways"]],
    done: () => t("security.rotated"),
    after,
  });
}

export function useEndFormerKey(gateway: Gateway, after: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (_: undefined) =>
      ask(http.POST("/api/v1/gateways/{gateway_id}/key/end-former", { params: held(gateway) })),
    touches: [["gateways"]],
    done: () => t("security.formerEnded"),
    after,
  });
}
