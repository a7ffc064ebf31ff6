import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openStream, takeEvents } from "./stream";

test("events are taken whole, comments are not events", () => {
  expect(
    takeEvents('retry: 2000\n: listening\n\ndata: {"a":1}\n\ndata: x\ndata: y\n\ndata: {"b"'),
  ).toEqual({
    data: ['{"a":1}', "x\ny"],
    rest: 'data: {"b"',
  });
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const handlers = () => ({ open: vi.fn(), data: vi.fn(), end: vi.fn() });

/** A server whose answer is written as the test goes on. */
function serving() {
  let write: (text: string) => void = () => {};
  vi.stubGlobal("fetch", async (_url: string, { signal }: RequestInit) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        write = (text) => controller.enqueue(new TextEncoder().encode(text));
        signal?.addEventListener("abort", () => controller.error(new Error("aborted")));
      },
    });
    return new Response(body, { status: 200 });
  });
  return (text: string) => write(text);
}

test("data is handed on as it comes, cut wherever the network cuts it", async () => {
  const write = serving();
  const told = handlers();
  openStream("/events", told);
  await vi.waitFor(() => expect(told.open).toHaveBeenCalled());
  write('data: {"kind":');
  write('"alarm"}\n\n');
  await vi.waitFor(() => expect(told.data).toHaveBeenCalledWith('{"kind":"alarm"}'));
});

test("a line that hangs is lost, one that says it is alive is not", async () => {
  const write = serving();
  const told = handlers();
  openStream("/events", told);
  await vi.waitFor(() => expect(told.open).toHaveBeenCalled());
  for (let beat = 0; beat < 4; beat += 1) {
    await vi.advanceTimersByTimeAsync(15_000);
    write(": alive\n\n");
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(told.end).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(41_000);
  expect(told.end).toHaveBeenCalledWith("lost");
});

test("a refused sign-in is told apart from a lost line", async () => {
  vi.stubGlobal("fetch", async () => new Response("{}", { status: 401 }));
  const told = handlers();
  openStream("/events", told);
  await vi.waitFor(() => expect(told.end).toHaveBeenCalledWith("refused"));
});

test("a stream that is closed says nothing more", async () => {
  serving();
  const told = handlers();
  const close = openStream("/events", told);
  await vi.waitFor(() => expect(told.open).toHaveBeenCalled());
  close();
  await vi.advanceTimersByTimeAsync(100);
  expect(told.end).not.toHaveBeenCalled();
});
