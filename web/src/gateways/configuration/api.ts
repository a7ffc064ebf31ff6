import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, idempotencyKey, type Schemas } from "../../api/client";
import { useAction } from "../../api/useAction";
import { usePaged } from "../../ui/usePaged";

export type Version = Schemas["ConfigurationVersionView"];
export type Difference = Schemas["DifferenceView"];
export type Document = Schemas["ConfigurationVersionDetail"]["document"];

const of = (gatewayId: string) => ["gateways", "configuration", gatewayId];
const at = (gatewayId: string) => ({ path: { gateway_id: gatewayId } });

export function useVersions(gatewayId: string) {
  return usePaged<Version>([...of(gatewayId), "versions"], (cursor, signal) =>
    ask(
      http.GET("/api/v1/gateways/{gateway_id}/configurations", {
        params: { ...at(gatewayId), query: { cursor, limit: 20 } },
        signal,
      }),
    ),
  );
}

export function useVersion(gatewayId: string, version: number | null) {
  return useQuery({
    queryKey: [...of(gatewayId), "version", version],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/gateways/{gateway_id}/configurations/{version}", {
          params: { path: { gateway_id: gatewayId, version: version ?? 0 } },
          signal,
        }),
      ),
    enabled: version !== null,
    // A version is never changed.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useDifferences(gatewayId: string, version: number) {
  return useQuery({
    queryKey: [...of(gatewayId), "differences", version],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/gateways/{gateway_id}/configurations/{version}/differences", {
          params: { path: { gateway_id: gatewayId, version } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useDrift(gatewayId: string, enabled: boolean) {
  return useQuery({
    queryKey: [...of(gatewayId), "drift"],
    queryFn: ({ signal }) =>
      ask(http.GET("/api/v1/gateways/{gateway_id}/drift", { params: at(gatewayId), signal })),
    enabled,
  });
}

/** What the gateway would object to, asked while somebody types. */
export function useCheck(gatewayId: string, document: Document | null) {
  return useQuery({
    queryKey: [...of(gatewayId), "check", document],
    queryFn: ({ signal }) =>
      ask(
        http.POST("/api/v1/gateways/{gateway_id}/configurations/check", {
          params: at(gatewayId),
          body: { document: document ?? {} },
          signal,
        }),
      ),
    enabled: document !== null,
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
}

export interface Written {
  document: Document;
  note: string;
  basedOn: number | null;
}

export function useWrite(gatewayId: string, after: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: ({ document, note, basedOn }: Written) =>
      ask(
        http.POST("/api/v1/gateways/{gateway_id}/configurations", {
          params: { ...at(gatewayId), header: { "idempotency-key": idempotencyKey() } },
          body: { document, note, based_on: basedOn },
        }),
      ),
    touches: [["gateways"]],
    done: ({ version }) => t("configuration.written", { version }),
    after,
  });
}

export function useRollBack(gatewayId: string, version: number, after: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (note: string) =>
      ask(
        http.POST("/api/v1/gateways/{gateway_id}/configurations/{version}/roll-back", {
          params: { path: { gateway_id: gatewayId, version } },
          body: { note },
        }),
      ),
    touches: [["gateways"]],
    done: (made) => t("configuration.written", { version: made.version }),
    after,
  });
}

export function useAdopt(gatewayId: string, after: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (note: string) =>
      ask(
        http.POST("/api/v1/gateways/{gateway_id}/configurations/adopt", {
          params: at(gatewayId),
          body: { note },
        }),
      ),
    touches: [["gateways"]],
    done: ({ version }) => t("configuration.written", { version }),
    after,
  });
}
