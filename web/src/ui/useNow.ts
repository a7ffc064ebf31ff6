import { useSyncExternalStore } from "react";

// One clock for every relative time on the page.
let now = new Date();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = new Date();
    for (const each of listeners) each();
  }, 15_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The present, renewed every 15 seconds. */
export function useNow(): Date {
  return useSyncExternalStore(subscribe, () => {
    if (listeners.size === 0) now = new Date();
    return now;
  });
}
