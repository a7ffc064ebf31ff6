import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LiveLine, type Notice } from "./connection";

class Stream {
  static all: Stream[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  closed = false;
  constructor(readonly url: string) {
    Stream.all.push(this);
  }
  close() {
    this.closed = true;
  }
}

const last = () => Stream.all.at(-1) as Stream;

beforeEach(() => {
  vi.useFakeTimers();
  Stream.all = [];
  vi.stubGlobal("EventSource", Stream);
});
afterEach(() => vi.useRealTimers());

describe("the live line", () => {
  test("passes notices on and ignores what it cannot read", () => {
    const line = new LiveLine("/events");
    const heard: Notice[] = [];
    line.listen((notice) => heard.push(notice));
    line.open();
    last().onmessage?.({ data: '{"kind":"alarm","id":"alm_1"}' });
    last().onmessage?.({ data: "not json" });
    expect(heard).toEqual([{ kind: "alarm", id: "alm_1" }]);
  });

  test("comes back after longer and longer waits, and then has things read again", () => {
    const line = new LiveLine("/events");
    const returned = vi.fn();
    line.onReturn(returned);
    line.open();
    last().onopen?.();
    expect(returned).not.toHaveBeenCalled();
    last().onerror?.();
    expect(line.state).toBe("lost");
    vi.advanceTimersByTime(1_000);
    last().onerror?.();
    vi.advanceTimersByTime(1_000);
    expect(Stream.all).toHaveLength(2);
    vi.advanceTimersByTime(1_000);
    expect(Stream.all).toHaveLength(3);
    last().onopen?.();
    expect(line.state).toBe("open");
    expect(returned).toHaveBeenCalledTimes(1);
  });

  test("reads again when the server says that notices were missed", () => {
    const line = new LiveLine("/events");
    const returned = vi.fn();
    line.onReturn(returned);
    line.open();
    last().onmessage?.({ data: '{"kind":"reread"}' });
    expect(returned).toHaveBeenCalledTimes(1);
  });

  test("follows an asset without a moment unheard", () => {
    const line = new LiveLine("/events");
    const returned = vi.fn();
    line.onReturn(returned);
    line.open();
    const first = last();
    first.onopen?.();
    line.follow("ast_1");
    expect(last().url).toContain("readings&asset_id=ast_1");
    expect(first.closed).toBe(false);
    last().onopen?.();
    expect(first.closed).toBe(true);
    expect(returned).not.toHaveBeenCalled();
    line.follow(null);
    expect(last().url).not.toContain("asset_id");
  });

  test("a tab that rested reads again", () => {
    const line = new LiveLine("/events");
    const returned = vi.fn();
    line.onReturn(returned);
    line.open();
    last().onopen?.();
    line.pause();
    expect(last().closed).toBe(true);
    line.open();
    last().onopen?.();
    expect(returned).toHaveBeenCalledTimes(1);
  });
});
