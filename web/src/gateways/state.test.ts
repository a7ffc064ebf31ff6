import { describe, expect, test } from "vitest";
import { reportsOf } from "./reports";
import {
  bufferShare,
  certificateState,
  sorted,
  stateOf,
  troublesOf,
  worstCertificate,
  worstState,
} from "./state";
import { ago, gateway, NOW } from "./testing";

const codes = (more: Parameters<typeof gateway>[0]) =>
  troublesOf(gateway(more), NOW).map((each) => each.code);
const alarm = (kind: "clock_offset" | "silent" | "series_budget") => ({
  id: "gal_1",
  gateway_id: "gw_1",
  kind,
  detail: {},
  raised_at: ago(60),
  cleared_at: null,
});
const configuration = (state: "drifted" | "refused" | "rolled_back") => ({
  wanted_version: 2,
  applied_version: 1,
  state,
  detail: "why",
  since: null,
});

describe("one word for a gateway", () => {
  test.each([
    [{}, "online"],
    [{ last_seen_at: ago(90) }, "late"],
    [{ last_seen_at: ago(400) }, "offline"],
    [{ last_seen_at: null }, "never"],
    [{ revoked_at: ago(1) }, "revoked"],
    [{ alarms: [alarm("clock_offset")] }, "trouble"],
    [{ configuration: configuration("refused") }, "trouble"],
    [{ configuration: configuration("drifted") }, "online"],
  ])("%o is %s", (more, state) => expect(stateOf(gateway(more), NOW)).toBe(state));

  test("silence counts more than what was last said", () => {
    const sources = [{ kind: "opcua", name: "plc", state: "lost" }];
    expect(stateOf(gateway({ sources, last_seen_at: ago(400) }), NOW)).toBe("offline");
  });
});

describe("what is wrong", () => {
  test("is told of each part", () => {
    const sources = [
      { kind: "agent", name: "agent", state: "trouble", detail: "disk" },
      {
        kind: "buffer",
        name: "buffer",
        state: "trouble",
        trouble: "full",
        bytes_used: 9,
        bytes_max: 10,
      },
      { kind: "opcua", name: "plc", state: "lost", detail: "timeout", bad_nodes_count: 2 },
      { kind: "mqtt_json", name: "fan", state: "connected" },
    ];
    expect(codes({ sources })).toEqual([
      "gateway",
      "buffer",
      "source_lost",
      "bad_nodes",
      "buffer_filling",
    ]);
    expect(codes({})).toEqual([]);
    expect(codes({ sources, revoked_at: ago(1) })).toEqual([]);
  });

  test("what the platform has noticed counts, but silence only once", () => {
    expect(codes({ alarms: [alarm("series_budget"), alarm("silent")] })).toEqual(["series_budget"]);
  });

  test("configurations that were not taken, and those changed on site", () => {
    expect(codes({ configuration: configuration("rolled_back") })).toEqual(["configuration"]);
    expect(codes({ configuration: configuration("drifted") })).toEqual(["drift"]);
  });
});

describe("certificates", () => {
  const day = 86_400_000;
  test.each([
    [{ notAfter: new Date(NOW + 30 * day), trusted: true }, "ok"],
    [{ notAfter: new Date(NOW + 3 * day), trusted: true }, "expiring"],
    [{ notAfter: new Date(NOW - day), trusted: true }, "expired"],
    [{ notAfter: new Date(NOW + 30 * day), trusted: false }, "untrusted"],
    [{ notAfter: null }, "ok"],
  ])("%o is %s", (certificate, state) => expect(certificateState(certificate, NOW)).toBe(state));

  test("the worst of all is told, of servers and of the gateway itself", () => {
    const sources = [
      {
        kind: "opcua",
        server_certificate: {
          thumbprint: "AB",
          not_after: new Date(NOW + 90 * day).toISOString(),
          trusted: true,
        },
      },
      { kind: "agent", certificates: [{ file: "ca.pem", not_after_us: (NOW + 2 * day) * 1000 }] },
    ];
    expect(worstCertificate(reportsOf({ sources }), NOW)?.state).toBe("expiring");
    expect(worstCertificate(reportsOf({ sources: [] }), NOW)).toBeNull();
  });
});

test("troubled gateways come first, and filters hold back the others", () => {
  const all = [
    gateway({ id: "a", name: "B fine" }),
    gateway({ id: "b", name: "A fine" }),
    gateway({ id: "c", name: "Clock", alarms: [alarm("clock_offset")] }),
    gateway({ id: "d", name: "Gone", last_seen_at: ago(999), organisation_name: "Ningbo Steel" }),
    gateway({ id: "e", name: "Drift", configuration: configuration("drifted") }),
  ];
  const ids = (wish: Parameters<typeof sorted>[1]) => sorted(all, wish, NOW).map(({ id }) => id);
  expect(ids({})).toEqual(["d", "c", "b", "a", "e"]);
  expect(ids({ show: "trouble" })).toEqual(["c"]);
  expect(ids({ show: "offline" })).toEqual(["d"]);
  expect(ids({ show: "drift" })).toEqual(["e"]);
  expect(ids({ q: "ningbo GONE" })).toEqual(["d"]);
});

test("the worst of several stands for all; the fill is known only with its bound", () => {
  expect(worstState(["online", "offline", "late"])).toBe("offline");
  expect(worstState([])).toBeNull();
  const share = (buffer: object) =>
    bufferShare(reportsOf({ sources: [{ kind: "buffer", ...buffer }] }));
  expect(share({ bytes_used: 5, bytes_max: 10 })).toBe(0.5);
  expect(share({ bytes_used: 5 })).toBeNull();
});
