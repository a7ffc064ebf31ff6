import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LiveLine, type Notice } from "./connection";
import type { Connect, Handlers } from "./stream";

interface Stream extends Handlers {
  url: string;
  closed: boolean;
}

let streams: Stream[] = [];

const connect: Connect = (url, handlers) => {
  const stream = { ...handlers, url, closed: false };
  streams.push(stream);
  return () => {
    stream.closed = true;
  };
};

const last = () => streams.at(-1) as Stream;

beforeEach(() => {
  vi.useFakeTimers();
  streams = [];
});
afterEach(() => {
  vi.useRealTimers();
});

function opened() {
  const line = new LiveLine("/events", connect);
  const returned = vi.fn();
  line.onReturn(returned);
  line.open();
  last().open();
  return { line, returned };
}

describe("the live line", () => {
  test("passes notices on and ignores what it cannot read", () => {
    const { line } = opened();
    const heard: Notice[] = [];
    line.listen((notice) => heard.push(notice));
    last().data('{"kind":"alarm","id":"alm_1"}');
    last().data("not json");
    expect(heard).toEqual([{ kind: "alarm", id: "alm_1" }]);
  });

  test("comes back after longer and longer waits, and then has things read again", () => {
    const { line, returned } = opened();
    expect(returned).not.toHaveBeenCalled();
    last().end("lost");
    expect(line.state).toBe("lost");
    vi.advanceTimersByTime(1_000);
    last().end("lost");
    vi.advanceTimersByTime(1_000);
    expect(streams).toHaveLength(2);
    vi.advanceTimersByTime(1_000);
    expect(streams).toHaveLength(3);
    last().open();
    expect(line.state).toBe("open");
    expect(returned).toHaveBeenCalledTimes(1);
  });

  test("tells that nobody is signed in any more, and does not try again", () => {
    const { line } = opened();
    const refused = vi.fn();
    line.onRefused(refused);
    last().end("refused");
    vi.advanceTimersByTime(60_000);
    expect(refused).toHaveBeenCalledTimes(1);
    expect(streams).toHaveLength(1);
  });

  test("reads again when the server says that notices were missed", () => {
    const { returned } = opened();
    last().data('{"kind":"reread"}');
    expect(returned).toHaveBeenCalledTimes(1);
  });

  test("follows an asset without a moment unheard", () => {
    const { line, returned } = opened();
    const first = last();
    line.follow("ast_1");
    expect(last().url).toContain("readings&asset_id=ast_1");
    expect(first.closed).toBe(false);
    last().open();
    expect(first.closed).toBe(true);
    expect(returned).not.toHaveBeenCalled();
    line.follow(null);
    expect(last().url).not.toContain("asset_id");
  });

  test("a tab that rested reads again", () => {
    const { line, returned } = opened();
    line.pause();
    expect(last().closed).toBe(true);
    line.open();
    last().open();
    expect(returned).toHaveBeenCalledTimes(1);
  });
});
