// Server-sent events over fetch. EventSource tells neither silence nor why it was refused: a line that
// hangs would look like a quiet day, and a session that has ended like a lost line.

export interface Handlers {
  open: () => void;
  data: (text: string) => void;
  /** It is over: the line was lost, or nobody is signed in any more. */
  end: (why: "lost" | "refused") => void;
}

/** Opens a stream; the function returned closes it without a further word. */
export type Connect = (url: string, handlers: Handlers) => () => void;

// The server says something every 15 seconds, if only that it is alive.
const SILENCE_MS_MAX = 40_000;

/** Takes whole events off what was received; returns their data and what is left for later. */
export function takeEvents(received: string): { data: string[]; rest: string } {
  const parts = received.split("\n\n");
  const rest = parts.pop() ?? "";
  const data = parts.flatMap((part) => {
    const lines = part.split("\n").filter((line) => line.startsWith("data:"));
    return lines.length > 0 ? [lines.map((line) => line.slice(5).trimStart()).join("\n")] : [];
  });
  return { data, rest };
}

async function follow(url: string, handlers: Handlers, signal: AbortSignal, heard: () => void) {
  const response = await fetch(url, {
    headers: { Accept: "text/event-stream" },
    cache: "no-store",
    signal,
  });
  if (!response.ok || !response.body) return response.status === 401 ? "refused" : "lost";
  handlers.open();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let received = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return "lost";
    heard();
    const { data, rest } = takeEvents(received + value);
    received = rest;
    for (const each of data) handlers.data(each);
  }
}

export const openStream: Connect = (url, handlers) => {
  const control = new AbortController();
  let closed = false;
  let silence: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => control.abort(), SILENCE_MS_MAX);
  };
  heard();
  follow(url, handlers, control.signal, heard)
    // However it broke off, it has ended, and is opened again.
    .catch(() => "lost" as const)
    .then((why) => {
      clearTimeout(silence);
      if (!closed) handlers.end(why);
    });
  return () => {
    closed = true;
    clearTimeout(silence);
    control.abort();
  };
};
