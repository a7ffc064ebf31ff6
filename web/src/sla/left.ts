import type { Clock } from "./api";

/** Seconds of working time that are left now; below 0 when it is late. */
export function leftSeconds(clock: Clock, readAt: number, now: number): number {
  const since = clock.ticking ? Math.max(0, (now - readAt) / 1000) : 0;
  return clock.target_s - clock.elapsed_s - since;
}

/** How much of the time is used up, 0 to 1. */
export function usedShare(clock: Clock, readAt: number, now: number): number {
  if (clock.target_s <= 0) return 1;
  const used = 1 - leftSeconds(clock, readAt, now) / clock.target_s;
  return Math.min(1, Math.max(0, used));
}

const NEAR = 0.8;

/** What a clock wants of whoever looks: nothing, haste, or that it is late. */
export function urgency(clock: Clock, readAt: number, now: number): "calm" | "near" | "late" {
  if (clock.state === "missed" || clock.breached) return "late";
  if (clock.state !== "running" && clock.state !== "paused") return "calm";
  if (leftSeconds(clock, readAt, now) < 0) return "late";
  return usedShare(clock, readAt, now) >= NEAR ? "near" : "calm";
}
