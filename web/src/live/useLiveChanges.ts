import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { line } from "./connection";

// Which cached answers a notice makes old; each is the first word of their keys.
const TOUCHED: Record<string, string[]> = {
  work_order: ["work-orders", "overview"],
  complaint: ["complaints", "overview"],
  alarm: ["alarms", "overview"],
  claim: ["claims", "coverage"],
  asset: ["assets"],
  gateway: ["gateways"],
  part: ["parts"],
  stock: ["parts"],
};

/** Keeps every open page true: reads again what others changed, and everything after a lost line. */
export function useLiveChanges(): void {
  const cache = useQueryClient();
  useEffect(() => {
    line.open();
    const waiting = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stopListening = line.listen((notice) => {
      for (const key of TOUCHED[notice.kind] ?? []) waiting.add(key);
      if (waiting.size === 0 || timer) return;
      // Notices come in bursts; one reading again does for all of them.
      timer = setTimeout(() => {
        timer = undefined;
        for (const key of waiting) void cache.invalidateQueries({ queryKey: [key] });
        waiting.clear();
      }, 250);
    });
    const stopReturning = line.onReturn(() => void cache.invalidateQueries());
    return () => {
      clearTimeout(timer);
      stopListening();
      stopReturning();
      line.close();
    };
  }, [cache]);
}
