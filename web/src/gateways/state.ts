// What is wrong with a gateway, for somebody who looks closer than at the one word the platform has for it.
import type { Gateway } from "./api";
import { type Reports, reportsOf } from "./reports";

const CERTIFICATE_DAYS_MIN = 14;
const BUFFER_SHARE_MAX = 0.8;
const DAY_MS = 86_400_000;

export type GatewayState = Gateway["state"];

export type TroubleCode =
  | "source_lost"
  | "source_refused"
  | "certificate_refused"
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
  /** Why a source is not connected, as the gateway's program names it. */
  cause?: string;
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

// Then there is nobody there; otherwise there is, and one side will not have the other.
const UNANSWERED = new Set(["", "unreachable", "silent", "error", "source_unavailable"]);

function lostBecause(code: string): TroubleCode {
  if (UNANSWERED.has(code)) return "source_lost";
  return code.startsWith("certificate") ? "certificate_refused" : "source_refused";
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
  for (const { name, state, code, detail, certificate, badNodesCount } of reports.readers) {
    if (state === "lost") found.push({ code: lostBecause(code), name, cause: code, detail });
    if (state === "trouble") found.push({ code: "source_trouble", name, cause: code, detail });
    const isTold = state === "lost" && lostBecause(code) === "certificate_refused";
    if (certificate && certificateState(certificate, now) !== "ok" && !isTold) {
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

const RANK: Record<GatewayState, number> = {
  offline: 0,
  trouble: 1,
  late: 2,
  never: 3,
  online: 4,
  revoked: 5,
};

/** The worst of several, for what holds them together; null when there are none. */
export function worstState(states: GatewayState[]): GatewayState | null {
  return [...states].sort((one, other) => RANK[one] - RANK[other])[0] ?? null;
}
