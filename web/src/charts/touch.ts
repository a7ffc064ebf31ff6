// Fingers on a chart: one that moves sideways chooses a span, two pinch it; up and down scrolls the page.

import type { Span } from "./types";
import { pinched } from "./zoom";

export interface Touched {
  /** The part of the chart that is being chosen, as shares of its width; null when it was let go. */
  choosing: (part: [number, number] | null) => void;
  chosen: (span: Span) => void;
  span: () => Span;
}

// Shorter ones are a tap, which shows the reading at that place.
const SHARE_MIN = 0.05;

/** Listens to fingers on the drawing; returns what stops it. */
export function onTouch(over: HTMLElement, told: Touched): () => void {
  const fingers = new Map<number, number>();
  let held: { shares: number[]; span: Span } | null = null;
  let pinch: Span | null = null;
  const share = (event: PointerEvent) => {
    const box = over.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
  };
  const hold = () => {
    held = { shares: [...fingers.values()], span: told.span() };
    pinch = null;
    told.choosing(null);
  };
  const down = (event: PointerEvent) => {
    if (event.pointerType !== "touch" || fingers.size >= 2) return;
    fingers.set(event.pointerId, share(event));
    hold();
  };
  const move = (event: PointerEvent) => {
    if (!fingers.has(event.pointerId) || held === null) return;
    fingers.set(event.pointerId, share(event));
    const at = [...fingers.values()];
    if (at.length === 1) {
      told.choosing([
        Math.min(held.shares[0] ?? 0, at[0] ?? 0),
        Math.max(held.shares[0] ?? 0, at[0] ?? 0),
      ]);
    } else {
      const [one, other] = held.shares as [number, number];
      pinch = pinched(held.span, [one, other], at as [number, number]);
      told.choosing(null);
    }
  };
  const up = (event: PointerEvent) => {
    if (!fingers.has(event.pointerId)) return;
    const [start] = held?.shares ?? [];
    const end = fingers.get(event.pointerId) ?? 0;
    const single = fingers.size === 1;
    fingers.delete(event.pointerId);
    if (pinch !== null) told.chosen(pinch);
    else if (single && held !== null && start !== undefined && Math.abs(end - start) >= SHARE_MIN) {
      const width = held.span.to - held.span.from;
      const [left, right] = [Math.min(start, end), Math.max(start, end)];
      told.chosen({
        from: Math.round(held.span.from + left * width),
        to: Math.round(held.span.from + right * width),
      });
    }
    fingers.clear();
    held = null;
    pinch = null;
    told.choosing(null);
  };
  // The browser took the fingers over, to scroll: nothing was chosen.
  const cancel = () => {
    fingers.clear();
    held = null;
    pinch = null;
    told.choosing(null);
  };
  over.addEventListener("pointerdown", down);
  over.addEventListener("pointermove", move);
  over.addEventListener("pointerup", up);
  over.addEventListener("pointercancel", cancel);
  return () => {
    over.removeEventListener("pointerdown", down);
    over.removeEventListener("pointermove", move);
    over.removeEventListener("pointerup", up);
    over.removeEventListener("pointercancel", cancel);
  };
}
