import { expect, test } from "vitest";
import { accountOf } from "./one/account";
import { withLiveValues } from "./one/liveTags";
import { qualityOf, statusHex } from "./quality";
import { hexLines } from "./quarantine/hex";
import { reportsOf } from "./reports";

test("what a gateway says is sorted by what it is about", () => {
  const { own, buffer, readers } = reportsOf({
    sources: [
      { kind: "agent", name: "agent", state: "ok", disk_free: 5, started_at_us: 1_000_000 },
      { kind: "buffer", state: "ok", policy: "drop_oldest", bytes_used: 1, oldest_at_us: 0 },
      {
        kind: "opcua",
        name: "plc",
        state: "connected",
        bad_nodes: [{ node: "i=1", reason: "BadNodeIdUnknown" }],
        bad_nodes_count: 7,
        oddities: { overflow: 2, nothing: 0 },
        server_certificate: { thumbprint: "ab", not_after: "2030-01-01T00:00:00Z", trusted: false },
      },
    ],
  });
  expect(own?.startedAt).toEqual(new Date(1_000));
  expect(buffer?.oldestAt).toBeNull();
  expect(readers).toHaveLength(1);
  expect(readers[0]).toMatchObject({ name: "plc", badNodesCount: 7, oddities: [["overflow", 2]] });
  expect(readers[0]?.certificate).toMatchObject({ thumbprint: "ab", trusted: false });
});

test("nonsense of a stranger's gateway is no reading of it", () => {
  const { own, buffer, readers } = reportsOf({
    sources: [{ kind: 3, state: null, bad_nodes: "x", failed: { "i=2": "gone" }, oddities: [1] }],
  });
  expect([own, buffer]).toEqual([null, null]);
  expect(readers[0]).toMatchObject({
    name: "3",
    state: "",
    badNodes: [{ node: "i=2", reason: "gone" }],
    badNodesCount: 1,
    oddities: [],
  });
});

test("each reading that was taken is in one place", () => {
  const sum = (account: ReturnType<typeof accountOf>) =>
    account.parts.reduce((total, part) => total + part.readings, 0);
  const known = accountOf({ taken: 100, stored: 80, quarantined: 5, dropped: 3 });
  expect(known.parts.find((part) => part.name === "buffered")?.readings).toBe(12);
  expect(sum(known)).toBe(known.taken);
  // What arrived since its last word counts.
  const late = accountOf({ taken: 90, stored: 95, quarantined: 0, dropped: 0 });
  expect([late.taken, sum(late)]).toEqual([95, 95]);
});

test("the two highest bits of a status say how good a value is", () => {
  expect([0, 0x40000000, 0x80310000, 0xc0000000].map(qualityOf)).toEqual([
    "good",
    "uncertain",
    "bad",
    "bad",
  ]);
  expect(statusHex(0x80310000)).toBe("0x80310000");
  expect(statusHex(-2147483648)).toBe("0x80000000");
});

test("a live value wins over an older one that was read", () => {
  const tag = {
    tag: "P/a",
    asset_id: "a",
    asset_name: "A",
    asset_serial: "P",
    series_name: "a",
    series_id: 4,
    unit: "",
    kind: "other" as const,
    latest: { series_id: 4, ts: "2026-01-01T00:00:10Z", value: 1, quality: 0, recorded_at: "" },
  };
  const at = Date.UTC(2026, 0, 1, 0, 0, 10);
  const shown = (live: [number, number, number][]) =>
    withLiveValues([tag], new Map([["4", live]]))[0]?.shown?.value;
  expect(shown([[at + 1000, 2, 0]])).toBe(2);
  expect(shown([[at - 1000, 3, 0]])).toBe(1);
  expect(shown([])).toBe(1);
});

test("bytes are shown sixteen a line", () => {
  const lines = hexLines("48692000ff".padEnd(34, "41"));
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({ offset: "0000", text: "Hi ..AAAAAAAAAAA" });
  expect(lines[1]).toEqual({ offset: "0010", hex: "41", text: "A" });
  expect(hexLines("")).toEqual([]);
});
