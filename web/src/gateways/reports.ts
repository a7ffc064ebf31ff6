// What a gateway says of itself: a list of maps, read here once so that nothing else has to guess.
import type { Gateway } from "./api";

export type Report = Record<string, unknown>;

export interface BadNode {
  node: string;
  reason: string;
}

export interface Certificate {
  thumbprint: string;
  notAfter: Date | null;
  trusted: boolean;
}

export interface Reader {
  name: string;
  kind: string;
  state: string;
  code: string;
  detail: string;
  tags: number | null;
  values: number | null;
  session: string;
  security: string;
  login: string;
  profile: string;
  certificate: Certificate | null;
  badNodes: BadNode[];
  badNodesCount: number;
  overflows: number;
  gaps: number;
  recovered: number;
  reconnections: number;
  nodes: number | null;
  nodesAlive: number | null;
  foundTags: number | null;
  oddities: [string, number][];
}

export interface Buffer {
  state: string;
  trouble: string;
  policy: string;
  bytesUsed: number | null;
  bytesMax: number | null;
  diskFree: number | null;
  frames: number | null;
  readings: number | null;
  dropped: number;
  oldestAt: Date | null;
  newBecause: string;
  movedAside: string;
  refusedFrames: number;
}

export interface Own {
  state: string;
  detail: string;
  startedAt: Date | null;
  diskFree: number | null;
  certificates: { file: string; notAfter: Date | null }[];
}

export interface Reports {
  own: Own | null;
  buffer: Buffer | null;
  readers: Reader[];
}

const US_A_MS = 1_000;
const OWN_KINDS = new Set(["agent", "buffer"]);

const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
const number = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
const whole = (value: unknown): number => number(value) ?? 0;
const map = (value: unknown): Report =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Report) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const instantUs = (value: unknown): Date | null => {
  const us = number(value);
  return us === null || us === 0 ? null : new Date(us / US_A_MS);
};

function instant(value: unknown): Date | null {
  if (typeof value !== "string") return null;
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? null : at;
}

function certificate(value: unknown): Certificate | null {
  const facts = map(value);
  if (!facts.thumbprint) return null;
  return {
    thumbprint: text(facts.thumbprint),
    notAfter: instant(facts.not_after),
    trusted: facts.trusted === true,
  };
}

function badNodes(report: Report): BadNode[] {
  const told = list(report.bad_nodes).map((each) => ({
    node: text(map(each).node),
    reason: text(map(each).reason),
  }));
  // What older gateways say of them: reasons by node.
  const former = Object.entries(map(report.failed)).map(([node, reason]) => ({
    node,
    reason: text(reason),
  }));
  return told.length > 0 ? told : former;
}

function reader(report: Report): Reader {
  const bad = badNodes(report);
  return {
    name: text(report.name) || text(report.url) || text(report.kind),
    kind: text(report.kind),
    state: text(report.state),
    code: text(report.code),
    detail: text(report.detail),
    tags: number(report.tags),
    values: number(report.values),
    session: text(report.session),
    security: text(report.security),
    login: text(report.login),
    profile: text(report.profile),
    certificate: certificate(report.server_certificate),
    badNodes: bad,
    badNodesCount: number(report.bad_nodes_count) ?? number(report.failed_count) ?? bad.length,
    overflows: whole(report.overflows),
    gaps: whole(report.gaps_count),
    recovered: whole(report.recovered),
    reconnections: whole(report.reconnections),
    nodes: number(report.nodes),
    nodesAlive: number(report.nodes_alive),
    foundTags: number(report.found_tags),
    oddities: Object.entries(map(report.oddities)).flatMap(([name, value]) => {
      const times = number(value);
      return times ? [[name, times] as [string, number]] : [];
    }),
  };
}

function buffer(report: Report): Buffer {
  return {
    state: text(report.state),
    trouble: text(report.trouble) || text(report.detail),
    policy: text(report.policy),
    bytesUsed: number(report.bytes_used),
    bytesMax: number(report.bytes_max),
    diskFree: number(report.disk_free),
    frames: number(report.frames),
    readings: number(report.readings),
    dropped: whole(report.dropped),
    oldestAt: instantUs(report.oldest_at_us),
    newBecause: text(report.new_because),
    movedAside: text(report.moved_aside),
    refusedFrames: whole(report.refused_frames),
  };
}

function own(report: Report): Own {
  return {
    state: text(report.state),
    detail: text(report.detail),
    startedAt: instantUs(report.started_at_us),
    diskFree: number(report.disk_free),
    certificates: list(report.certificates).map((each) => ({
      file: text(map(each).file),
      notAfter: instantUs(map(each).not_after_us),
    })),
  };
}

/** Everything a gateway reported, sorted by what it is about. */
export function reportsOf(gateway: Pick<Gateway, "sources">): Reports {
  const found = (kind: string) => gateway.sources.find((each) => each.kind === kind);
  const ownReport = found("agent");
  const bufferReport = found("buffer");
  return {
    own: ownReport ? own(ownReport) : null,
    buffer: bufferReport ? buffer(bufferReport) : null,
    readers: gateway.sources.filter((each) => !OWN_KINDS.has(text(each.kind))).map(reader),
  };
}
