// One event stream for the whole app: what changed, live readings, and whether the line stands.
import { useSyncExternalStore } from "react";

export interface Notice {
  kind: string;
  id?: string;
  organisation_id?: string | null;
  [fact: string]: unknown;
}

export type LineState = "connecting" | "open" | "lost";

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;

type Listener = (notice: Notice) => void;

/** A stream that comes back by itself, waiting longer each time it fails. */
export class LiveLine {
  state: LineState = "connecting";
  private source: EventSource | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private wait = RETRY_MS_MIN;
  private everOpen = false;
  private readonly listeners = new Set<Listener>();
  private readonly watchers = new Set<() => void>();
  private readonly returned = new Set<() => void>();

  constructor(
    private readonly url: string,
    private readonly kinds: string[],
  ) {}

  open(): void {
    if (this.source) return;
    const source = new EventSource(this.url);
    this.source = source;
    source.onopen = () => {
      this.wait = RETRY_MS_MIN;
      this.become("open");
      // What was missed while the line was down is read again.
      if (this.everOpen) for (const each of this.returned) each();
      this.everOpen = true;
    };
    source.onerror = () => {
      source.close();
      this.source = undefined;
      this.become("lost");
      this.retry = setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(this.wait * 2, RETRY_MS_MAX);
    };
    const heard = (event: MessageEvent) => this.hear(event);
    source.onmessage = heard;
    for (const kind of this.kinds) source.addEventListener(kind, heard);
  }

  close(): void {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = undefined;
    this.everOpen = false;
    this.become("connecting");
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Calls back when the line stands again after it was lost. */
  onReturn(callback: () => void): () => void {
    this.returned.add(callback);
    return () => this.returned.delete(callback);
  }

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  private hear(event: MessageEvent): void {
    let notice: Notice;
    try {
      const body = JSON.parse(String(event.data)) as Partial<Notice>;
      notice = { ...body, kind: body.kind ?? event.type };
    } catch {
      return; // a comment or keep-alive that is no notice
    }
    for (const listener of this.listeners) listener(notice);
  }

  private become(state: LineState): void {
    if (this.state === state) return;
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }
}

export const KINDS = ["readings", "work_order", "complaint", "alarm", "claim", "asset", "gateway", "part", "stock"];

export const line = new LiveLine("/api/v1/events", KINDS);

export function useLineState(): LineState {
  return useSyncExternalStore(line.watch, () => line.state);
}
