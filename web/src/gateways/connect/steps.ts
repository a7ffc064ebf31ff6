// How far a site has come on the platform, told from what the platform knows: a walk can be left and resumed.
import type { Gateway } from "../api";

export const STEPS = ["customer", "site", "gateway", "enrol", "browse", "map", "values"] as const;
export type Step = (typeof STEPS)[number];

const AWAY_MS = 5 * 60_000;

export interface Known {
  organisationId: string | null;
  siteId: string | null;
  gateway: Gateway | null;
  /** Tags that were chosen on this page and are not saved. */
  chosen: number;
  /** Somebody wants more tags of a gateway that reads some already. */
  adding?: boolean;
}

export function isHere(gateway: Gateway, now: number): boolean {
  return (
    gateway.checked_in_at !== null && now - new Date(gateway.checked_in_at).getTime() < AWAY_MS
  );
}

/** The step that is next; everything before it is done. */
export function stepOf({ organisationId, siteId, gateway, chosen, adding = false }: Known): Step {
  if (!gateway) {
    if (!organisationId) return "customer";
    return siteId ? "gateway" : "site";
  }
  if (gateway.configuration.wanted_version !== null && !adding) return "values";
  if (!gateway.checked_in_at) return "enrol";
  return chosen > 0 ? "map" : "browse";
}

/** Whether somebody began to connect it and did not finish. */
export function isUnfinished(gateway: Gateway): boolean {
  return (
    gateway.revoked_at === null &&
    gateway.stored === 0 &&
    gateway.configuration.state !== "drifted" &&
    (gateway.checked_in_at !== null || gateway.last_seen_at === null)
  );
}
