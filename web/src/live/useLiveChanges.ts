import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { SESSION_KEY } from "../api/queries";
import { line } from "./connection";
import { TOUCHED } from "./kinds";

// Notices come in bursts; one reading again does for all of them.
const GATHER_MS = 250;
// A tab nobody looks at gives its connection to the others after a while.
const HIDDEN_MS = 30_000;

/** Keeps every open page true: reads again what others changed, and everything after a lost line. */
export function useLiveChanges(): void {
  const cache = useQueryClient();
  useEffect(() => {
    line.open();
    const waiting = new Set<string>();
    let gather: ReturnType<typeof setTimeout> | undefined;
    let rest: ReturnType<typeof setTimeout> | undefined;
    const stopListening = line.listen((notice) => {
      for (const key of TOUCHED[notice.kind] ?? []) waiting.add(key);
      if (waiting.size === 0 || gather) return;
      gather = setTimeout(() => {
        gather = undefined;
        for (const key of waiting) void cache.invalidateQueries({ queryKey: [key] });
        waiting.clear();
      }, GATHER_MS);
    });
    const stopReturning = line.onReturn(() => void cache.invalidateQueries());
    const looked = () => {
      clearTimeout(rest);
      if (document.hidden) rest = setTimeout(() => line.pause(), HIDDEN_MS);
      else line.open();
    };
    // The browser knows of a pulled cable sooner than any silence tells.
    const offline = () => line.pause("lost");
    const online = () => line.open();
    const stopRefused = line.onRefused(
      () => void cache.invalidateQueries({ queryKey: SESSION_KEY }),
    );
    document.addEventListener("visibilitychange", looked);
    window.addEventListener("offline", offline);
    window.addEventListener("online", online);
    return () => {
      clearTimeout(gather);
      clearTimeout(rest);
      document.removeEventListener("visibilitychange", looked);
      window.removeEventListener("offline", offline);
      window.removeEventListener("online", online);
      stopRefused();
      stopListening();
      stopReturning();
      line.close();
    };
  }, [cache]);
}
