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

// Readings are sent for the one asset that is looked at.
const KINDS = ["work_order", "complaint", "alarm", "claim", "part", "stock", "asset", "gateway"];

type Listener = (notice: Notice) => void;

/**
 * A stream that comes back by itself, waiting longer each time it fails.
 *
 * There is one a page, whatever it shows: browsers allow six connections to a server, all tabs together.
 */
export class LiveLine {
  state: LineState = "connecting";
  private source: EventSource | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private wait = RETRY_MS_MIN;
  private missed = false;
  private asset: string | null = null;
  private readonly listeners = new Set<Listener>();
  private readonly watchers = new Set<() => void>();
  private readonly returned = new Set<() => void>();

  constructor(private readonly path: string) {}

  open(): void {
    clearTimeout(this.retry);
    if (this.source) return;
    this.connect(undefined);
  }

  /** Stops until `open`; what happens meanwhile counts as missed. */
  pause(): void {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = undefined;
    this.missed = true;
    this.become("connecting");
  }

  close(): void {
    this.pause();
    this.missed = false;
  }

  /** Also receives the readings of one asset, or no longer. The old stream ends once the new one stands. */
  follow(assetId: string | null): void {
    if (this.asset === assetId) return;
    this.asset = assetId;
    if (!this.source) return;
    const old = this.source;
    this.source = undefined;
    this.connect(old);
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Calls back when something may have been missed and the line stands again. */
  onReturn(callback: () => void): () => void {
    this.returned.add(callback);
    return () => this.returned.delete(callback);
  }

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  private url(): string {
    if (this.asset === null) return `${this.path}?kinds=${KINDS.join(",")}`;
    return `${this.path}?kinds=${KINDS.join(",")},readings&asset_id=${encodeURIComponent(this.asset)}`;
  }

  private connect(old: EventSource | undefined): void {
    const source = new EventSource(this.url());
    this.source = source;
    source.onopen = () => {
      old?.close();
      this.wait = RETRY_MS_MIN;
      this.become("open");
      if (this.missed) this.reread();
    };
    source.onerror = () => {
      old?.close();
      source.close();
      if (this.source !== source) return;
      this.source = undefined;
      this.missed = true;
      this.become("lost");
      this.retry = setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(this.wait * 2, RETRY_MS_MAX);
    };
    source.onmessage = (event) => this.hear(event);
  }

  private reread(): void {
    this.missed = false;
    for (const each of this.returned) each();
  }

  private hear(event: MessageEvent): void {
    let notice: Notice;
    try {
      notice = JSON.parse(String(event.data)) as Notice;
    } catch {
      return; // a newer server may say things this page does not know
    }
    if (notice.kind === "reread") {
      this.reread();
      return;
    }
    for (const listener of this.listeners) listener(notice);
  }

  private become(state: LineState): void {
    if (this.state === state) return;
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }
}

export const line = new LiveLine("/api/v1/events");

export function useLineState(): LineState {
  return useSyncExternalStore(line.watch, () => line.state);
}
