import { describe, expect, test } from "vitest";
import { reportsOf } from "./reports";
import { bufferShare, certificateState, troublesOf, worstCertificate, worstState } from "./state";
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

  test("a server that is there and refused is not one that does not answer", () => {
    const plc = { kind: "opcua", name: "plc", state: "lost" };
    const untrusted = {
      ...plc,
      code: "certificate_untrusted",
      server_certificate: { thumbprint: "ab", trusted: false },
    };
    expect(codes({ sources: [untrusted] })).toEqual(["certificate_refused"]);
    expect(codes({ sources: [{ ...plc, code: "login_refused" }] })).toEqual(["source_refused"]);
    expect(codes({ sources: [{ ...plc, code: "unreachable" }] })).toEqual(["source_lost"]);
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

test("the worst of several stands for all; the fill is known only with its bound", () => {
  expect(worstState(["online", "offline", "late"])).toBe("offline");
  expect(worstState([])).toBeNull();
  const share = (buffer: object) =>
    bufferShare(reportsOf({ sources: [{ kind: "buffer", ...buffer }] }));
  expect(share({ bytes_used: 5, bytes_max: 10 })).toBe(0.5);
  expect(share({ bytes_used: 5 })).toBeNull();
});
