// A gateway for tests: healthy, heard of this second.
import type { Gateway } from "./api";

export const NOW = Date.UTC(2026, 0, 1, 12);

export const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

export function gateway(more: Partial<Gateway> = {}): Gateway {
  return {
    id: "gw_1",
    name: "Pump house",
    kind: "edge",
    state: "online",
    organisation_id: "org_1",
    organisation_name: "Hangzhou Water",
    site_id: "site_1",
    site_name: "Plant 2",
    created_at: ago(9_000),
    revoked_at: null,
    enrolled_at: ago(8_000),
    checked_in_at: ago(3),
    key_state: {
      version: 1,
      state: "current",
      next_version: null,
      former_version: null,
      former_until: null,
    },
    configuration: {
      wanted_version: 1,
      applied_version: 1,
      state: "applied",
      detail: "",
      since: ago(100),
    },
    last_seen_at: ago(1),
    status_at: ago(1),
    own_broker_login: true,
    alarms: [],
    version_running: "0.1.0",
    clock_offset_ms: 4,
    buffered: 0,
    taken: 100,
    stored: 100,
    quarantined: 0,
    dropped: 0,
    sources: [],
    version: 1,
    ...more,
  };
}
