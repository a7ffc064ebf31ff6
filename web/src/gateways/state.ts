// How a gateway is: one word for lists, and every reason for somebody who looks closer.
import type { Gateway } from "./api";
import { type Reports, reportsOf } from "./reports";

const LATE_MS = 60_000;
const OFFLINE_MS = 5 * 60_000;
const CERTIFICATE_DAYS_MIN = 14;
const BUFFER_SHARE_MAX = 0.8;
const DAY_MS = 86_400_000;

interface Heard {
  revoked_at?: string | null;
  last_seen_at?: string | null;
}

export type Silence = "online" | "late" | "offline" | "never" | "revoked";
export type GatewayState = Silence | "trouble";

/** Whether anything is heard of it, told from when it was last heard of. */
export function silenceOf(gateway: Heard, now: number): Silence {
  if (gateway.revoked_at) return "revoked";
  if (!gateway.last_seen_at) return "never";
  const silent = now - new Date(gateway.last_seen_at).getTime();
  if (silent > OFFLINE_MS) return "offline";
  return silent > LATE_MS ? "late" : "online";
}

export type TroubleCode =
  | "source_lost"
  | "source_trouble"
  | "bad_nodes"
  | "certificate"
  | "buffer"
  | "buffer_filling"
  | "gateway"
  | "clock"
  | "frames_lost"
  | "series_budget"
  | "configuration"
  | "drift";

export interface Trouble {
  code: TroubleCode;
  /** Whose: a source's name. */
  name?: string;
  /** What the gateway itself said. */
  detail?: string;
  count?: number;
}

// What the platform itself has noticed; silence shows in the word already.
const OF_ALARM: Partial<Record<Gateway["alarms"][number]["kind"], TroubleCode>> = {
  clock_offset: "clock",
  frames_lost: "frames_lost",
  series_budget: "series_budget",
};

export const DRIFTING = "drifted";
const REFUSED = new Set(["refused", "rolled_back"]);

export type CertificateState = "ok" | "expiring" | "expired" | "untrusted";

export function certificateState(
  certificate: { notAfter: Date | null; trusted?: boolean },
  now: number,
): CertificateState {
  if (certificate.trusted === false) return "untrusted";
  const left = certificate.notAfter ? certificate.notAfter.getTime() - now : Infinity;
  if (left <= 0) return "expired";
  return left < CERTIFICATE_DAYS_MIN * DAY_MS ? "expiring" : "ok";
}

const CERTIFICATE_ORDER: CertificateState[] = ["untrusted", "expired", "expiring", "ok"];

/** The worst of a gateway's certificates; null where it has none. */
export function worstCertificate(
  reports: Reports,
  now: number,
): { state: CertificateState; until: Date | null } | null {
  const all = [
    ...reports.readers.flatMap((each) => (each.certificate ? [each.certificate] : [])),
    ...(reports.own?.certificates ?? []),
  ].map((each) => ({ state: certificateState(each, now), until: each.notAfter }));
  all.sort(
    (one, other) =>
      CERTIFICATE_ORDER.indexOf(one.state) - CERTIFICATE_ORDER.indexOf(other.state) ||
      (one.until?.getTime() ?? Infinity) - (other.until?.getTime() ?? Infinity),
  );
  return all[0] ?? null;
}

/** How full the buffer is, 0 to 1; null where that is not known. */
export function bufferShare(reports: Reports): number | null {
  const { bytesUsed, bytesMax } = reports.buffer ?? {};
  return typeof bytesUsed === "number" && bytesMax ? Math.min(bytesUsed / bytesMax, 1) : null;
}

/** Everything that wants a look, the gravest first. */
export function troublesOf(gateway: Gateway, now: number): Trouble[] {
  if (gateway.revoked_at) return [];
  const reports = reportsOf(gateway);
  const found: Trouble[] = [];
  if (reports.own?.state === "trouble") {
    found.push({ code: "gateway", detail: reports.own.detail });
  }
  if (reports.buffer?.state === "trouble") {
    found.push({ code: "buffer", detail: reports.buffer.trouble });
  }
  for (const { name, state, detail, certificate, badNodesCount } of reports.readers) {
    if (state === "lost") found.push({ code: "source_lost", name, detail });
    if (state === "trouble") found.push({ code: "source_trouble", name, detail });
    if (certificate && certificateState(certificate, now) !== "ok") {
      found.push({ code: "certificate", name });
    }
    if (badNodesCount > 0) found.push({ code: "bad_nodes", name, count: badNodesCount });
  }
  if ((bufferShare(reports) ?? 0) > BUFFER_SHARE_MAX) found.push({ code: "buffer_filling" });
  for (const { kind } of gateway.alarms) {
    const code = OF_ALARM[kind];
    if (code) found.push({ code });
  }
  const { state, detail } = gateway.configuration;
  if (REFUSED.has(state)) found.push({ code: "configuration", detail });
  if (state === DRIFTING) found.push({ code: "drift", detail });
  return found;
}

/** One word: silence counts more than what was last said, and drift alone is no trouble. */
export function stateOf(gateway: Gateway, now: number): GatewayState {
  const silence = silenceOf(gateway, now);
  if (silence !== "online") return silence;
  return troublesOf(gateway, now).some((each) => each.code !== "drift") ? "trouble" : "online";
}

const RANK: Record<GatewayState, number> = {
  offline: 0,
  trouble: 1,
  late: 2,
  never: 3,
  online: 4,
  revoked: 5,
};

export interface Wish {
  q?: string;
  show?: string;
}

/** The gateways that are wanted, those in trouble first. */
export function sorted(gateways: Gateway[], wish: Wish, now: number): Gateway[] {
  const words = (wish.q ?? "").toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return gateways
    .map((gateway) => ({ gateway, state: stateOf(gateway, now) }))
    .filter(({ gateway, state }) => {
      const named =
        `${gateway.name} ${gateway.organisation_name} ${gateway.id}`.toLocaleLowerCase();
      if (!words.every((word) => named.includes(word))) return false;
      if (wish.show === "drift") return gateway.configuration.state === DRIFTING;
      if (wish.show === "trouble") return state === "trouble" || state === "late";
      return wish.show ? state === wish.show : true;
    })
    .sort(
      (one, other) =>
        RANK[one.state] - RANK[other.state] || one.gateway.name.localeCompare(other.gateway.name),
    )
    .map(({ gateway }) => gateway);
}

/** The worst of several, for what holds them together; null when there are none. */
export function worstState(states: GatewayState[]): GatewayState | null {
  return [...states].sort((one, other) => RANK[one] - RANK[other])[0] ?? null;
}
