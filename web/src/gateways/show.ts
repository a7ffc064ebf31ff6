// Which gateways a list shows, as its address names it, and what is asked of the API for it.
import type { Schemas } from "../api/client";
import type { Gateway } from "./api";

export const SHOWS = ["trouble", "offline", "drift", "online", "never", "revoked"] as const;
export type Show = (typeof SHOWS)[number];

interface Asked {
  state?: Gateway["state"][];
  drifted?: boolean;
}

export const SHOWN: Record<Show | "all", Asked> = {
  all: {},
  trouble: { state: ["trouble", "late"] },
  offline: { state: ["offline"] },
  drift: { drifted: true },
  online: { state: ["online"] },
  never: { state: ["never"] },
  revoked: { state: ["revoked"] },
};

/** How many of the counted gateways a list would show. */
export function countOf(show: Show, counts: Schemas["GatewayCountsView"] | undefined): number {
  if (!counts) return 0;
  const { state, drifted } = SHOWN[show];
  if (drifted) return counts.drifted;
  return (state ?? []).reduce((sum, each) => sum + (counts.states[each] ?? 0), 0);
}
