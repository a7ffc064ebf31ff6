import { useQuery } from "@tanstack/react-query";
import { ask, http, idempotencyKey, ifMatch, type Schemas } from "../../api/client";
import { useAction } from "../../api/useAction";
import { usePaged } from "../../ui/usePaged";

export type Quarantined = Schemas["QuarantineView"];

export interface QuarantineWish {
  gatewayId?: string;
  state?: string;
  reason?: string;
}

export function useQuarantine({ gatewayId, state, reason }: QuarantineWish) {
  return usePaged<Quarantined>(
    ["gateways", "quarantine", gatewayId, state, reason],
    (cursor, signal) =>
      ask(
        http.GET("/api/v1/quarantine", {
          params: {
            query: {
              cursor,
              limit: 50,
              gateway_id: gatewayId,
              state: state as Quarantined["state"] | undefined,
              reason,
            },
          },
          signal,
        }),
      ),
  );
}

export function useEntry(entryId: string) {
  return useQuery({
    queryKey: ["gateways", "quarantined", entryId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/quarantine/{entry_id}", {
          params: { path: { entry_id: entryId } },
          signal,
        }),
      ),
  });
}

const held = (entry: Quarantined) => ({ "if-match": ifMatch(entry.version) });

export function useReplay(entry: Quarantined) {
  return useAction({
    run: (_: undefined) =>
      ask(
        http.POST("/api/v1/quarantine/{entry_id}/replay", {
          params: {
            path: { entry_id: entry.id },
            header: { "idempotency-key": idempotencyKey(), ...held(entry) },
          },
        }),
      ),
    touches: [["gateways"]],
  });
}

export function useDrop(entry: Quarantined, after: () => void) {
  return useAction({
    run: (reason: string) =>
      ask(
        http.POST("/api/v1/quarantine/{entry_id}/drop", {
          params: { path: { entry_id: entry.id }, header: held(entry) },
          body: { reason },
        }),
      ),
    touches: [["gateways"]],
    after,
  });
}
