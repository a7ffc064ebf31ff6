import { useQuery } from "@tanstack/react-query";
import { ask, http, idempotencyKey, ifMatch, type Schemas } from "../../api/client";
import { useAction } from "../../api/useAction";
import { usePaged } from "../../ui/usePaged";

export type Quarantined = Schemas["QuarantineView"];
export type QuarantineGroup = Schemas["QuarantineGroupView"];

export interface QuarantineWish {
  gateway?: string;
  organisation?: string;
  site?: string;
  /** Absent: those that are still kept. */
  state?: string;
  reason?: string;
  /** With a reason: one group is opened. */
  source?: string;
  q?: string;
}

const queryOf = (wish: QuarantineWish) => ({
  gateway_id: wish.gateway,
  organisation_id: wish.organisation,
  site_id: wish.site,
  state: (wish.state ?? "open") as Quarantined["state"],
  reason: wish.reason,
  source: wish.source,
  q: wish.q,
});

/** Entries by reason and source, those that grew last first. */
export function useGroups(wish: QuarantineWish) {
  return usePaged<QuarantineGroup>(["gateways", "quarantine", "groups", wish], (cursor, signal) =>
    ask(
      http.GET("/api/v1/quarantine/groups", {
        params: { query: { cursor, limit: 50, ...queryOf(wish) } },
        signal,
      }),
    ),
  );
}

/** The entries of one group. */
export function useQuarantine(wish: QuarantineWish) {
  return usePaged<Quarantined>(["gateways", "quarantine", "entries", wish], (cursor, signal) =>
    ask(
      http.GET("/api/v1/quarantine", {
        params: { query: { cursor, limit: 50, ...queryOf(wish) } },
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
