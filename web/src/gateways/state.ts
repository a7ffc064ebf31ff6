// How a gateway is, told from when it was last heard of.

const LATE_MS = 60_000;
const OFFLINE_MS = 5 * 60_000;

interface Heard {
  revoked_at?: string | null;
  last_seen_at?: string | null;
}

export type GatewayState = "online" | "late" | "offline" | "never" | "revoked";

export function stateOf(gateway: Heard, now: number): GatewayState {
  if (gateway.revoked_at) return "revoked";
  if (!gateway.last_seen_at) return "never";
  const silent = now - new Date(gateway.last_seen_at).getTime();
  if (silent > OFFLINE_MS) return "offline";
  return silent > LATE_MS ? "late" : "online";
}
