import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { ask, http } from "../../api/client";
import type { QuarantineGroup } from "./api";
import { NOTHING, type Outcome, withPortion } from "./outcome";

export type Verb = "replay" | "drop";

interface State {
  phase: "asked" | "running" | "stopped" | "done";
  outcome: Outcome;
  error: unknown;
}

/** Decides about a whole group, a portion a request, until nothing of it is left or somebody stops it. */
export function useDecide(group: QuarantineGroup, verb: Verb) {
  const cache = useQueryClient();
  const [state, setState] = useState<State>({ phase: "asked", outcome: NOTHING, error: null });
  const stopping = useRef(false);

  const portion = (note: string, after: string | null) => {
    const body = { reason: group.reason, source: group.source, up_to: group.newest_id, after };
    return verb === "replay"
      ? ask(http.POST("/api/v1/quarantine/groups/replay", { body }))
      : ask(http.POST("/api/v1/quarantine/groups/drop", { body: { ...body, note } }));
  };
  const run = async (note: string) => {
    stopping.current = false;
    let outcome = NOTHING;
    let after: string | null = null;
    setState({ phase: "running", outcome, error: null });
    try {
      for (;;) {
        const answer: Awaited<ReturnType<typeof portion>> = await portion(note, after);
        outcome = withPortion(outcome, answer);
        after = answer.next;
        if (after === null || stopping.current) break;
        setState({ phase: "running", outcome, error: null });
      }
      setState({ phase: after === null ? "done" : "stopped", outcome, error: null });
    } catch (error) {
      // What was decided before stays decided, and is told.
      setState({ phase: outcome.entries > 0 ? "stopped" : "asked", outcome, error });
    }
    await cache.invalidateQueries({ queryKey: ["gateways"] });
  };
  const stop = () => {
    stopping.current = true;
  };
  return { ...state, run, stop };
}
