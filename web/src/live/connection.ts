// One event stream for the whole app: what changed, live readings, and whether the line stands.
import { useSyncExternalStore } from "react";
import { KINDS } from "./kinds";
import { type Connect, openStream } from "./stream";

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
type Stop = () => void;

/**
 * A stream that comes back by itself, waiting longer each time it fails.
 *
 * There is one a page, whatever it shows: browsers allow six connections to a server, all tabs together.
 */
export class LiveLine {
  state: LineState = "connecting";
  private stream: Stop | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private wait = RETRY_MS_MIN;
  private missed = false;
  private asset: string | null = null;
  private readonly listeners = new Set<Listener>();
  private readonly watchers = new Set<() => void>();
  private readonly returned = new Set<() => void>();
  private readonly refused = new Set<() => void>();

  constructor(
    private readonly path: string,
    private readonly connect: Connect = openStream,
  ) {}

  open(): void {
    clearTimeout(this.retry);
    if (!this.stream) this.start(undefined);
  }

  /** Stops until `open`; what happens meanwhile counts as missed. */
  pause(state: LineState = "connecting"): void {
    clearTimeout(this.retry);
    this.stream?.();
    this.stream = undefined;
    this.missed = true;
    this.become(state);
  }

  close(): void {
    this.pause();
    this.missed = false;
  }

  /** Also receives the readings of one asset, or no longer. The old stream ends once the new one stands. */
  follow(assetId: string | null): void {
    if (this.asset === assetId) return;
    this.asset = assetId;
    if (this.stream) this.start(this.stream);
  }

  listen(listener: Listener): Stop {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Calls back when something may have been missed and the line stands again. */
  onReturn(callback: () => void): Stop {
    this.returned.add(callback);
    return () => this.returned.delete(callback);
  }

  /** Calls back when the server does not know who is listening any more. */
  onRefused(callback: () => void): Stop {
    this.refused.add(callback);
    return () => this.refused.delete(callback);
  }

  watch = (watcher: () => void): Stop => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  private url(): string {
    // Readings are sent for the one asset that is looked at.
    if (this.asset === null) return `${this.path}?kinds=${KINDS.join(",")}`;
    return `${this.path}?kinds=${KINDS.join(",")},readings&asset_id=${encodeURIComponent(this.asset)}`;
  }

  private start(old: Stop | undefined): void {
    const stop = this.connect(this.url(), {
      open: () => {
        old?.();
        this.wait = RETRY_MS_MIN;
        this.become("open");
        if (this.missed) this.reread();
      },
      data: (text) => this.hear(text),
      end: (why) => {
        old?.();
        if (this.stream === stop) this.ended(why);
      },
    });
    this.stream = stop;
  }

  private ended(why: "lost" | "refused"): void {
    this.stream = undefined;
    this.missed = true;
    if (why === "refused") {
      for (const each of this.refused) each();
      return;
    }
    this.become("lost");
    this.retry = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 2, RETRY_MS_MAX);
  }

  private reread(): void {
    this.missed = false;
    for (const each of this.returned) each();
  }

  private hear(text: string): void {
    let notice: Notice;
    try {
      notice = JSON.parse(text) as Notice;
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
