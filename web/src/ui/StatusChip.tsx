import type { LucideIcon } from "lucide-react";
import classes from "./StatusChip.module.css";
import type { EnumName } from "./useEnum";
import { useEnum } from "./useEnum";

type Tone = "neutral" | "active" | "done" | "critical" | "high" | "medium" | "low";

// Only what wants attention is coloured; what runs or is over stays grey.
const TONES: Partial<Record<EnumName, Record<string, Tone>>> = {
  stage: {
    pending: "neutral",
    triaged: "neutral",
    assigned: "neutral",
    in_progress: "active",
    on_hold: "medium",
    awaiting_confirmation: "neutral",
    closed: "done",
    cancelled: "done",
  },
  claimState: {
    draft: "neutral",
    submitted: "active",
    accepted: "neutral",
    refused: "critical",
    needs_information: "medium",
    paid: "done",
    reversed: "high",
  },
  isaState: {
    unacknowledged: "critical",
    acknowledged: "high",
    returned_unacknowledged: "medium",
    shelved: "neutral",
    suppressed_by_design: "neutral",
    out_of_service: "neutral",
    normal: "done",
  },
  gatewayState: {
    online: "neutral",
    late: "medium",
    offline: "high",
    trouble: "high",
    never: "neutral",
    revoked: "done",
  },
  configurationState: {
    unmanaged: "neutral",
    pending: "active",
    none: "neutral",
    trying: "active",
    applied: "neutral",
    refused: "high",
    rolled_back: "high",
    drifted: "medium",
  },
  certificateState: { ok: "neutral", expiring: "medium", expired: "high", untrusted: "high" },
  sourceState: {
    connected: "neutral",
    connecting: "active",
    ok: "neutral",
    lost: "high",
    trouble: "high",
  },
  backtestState: {
    queued: "neutral",
    running: "active",
    finished: "done",
    cancelled: "done",
    failed: "high",
  },
  mailState: {
    held: "medium",
    refused: "high",
    failed: "high",
    waiting: "active",
    opened: "neutral",
    added: "neutral",
    sent: "done",
    automatic: "done",
    discarded: "done",
  },
  quarantineState: { open: "medium", replayed: "done", dropped: "done" },
  tokenState: { open: "active", used: "done", expired: "done", revoked: "done" },
  quality: { good: "neutral", uncertain: "medium", bad: "high" },
  browseState: { waiting: "active", done: "neutral", failed: "high", expired: "medium" },
  personState: { active: "neutral", invited: "medium", inactive: "done" },
};

interface Props {
  of: EnumName;
  state: string;
  /** Stands in the place of the dot where one word has to be seen from far. */
  icon?: LucideIcon;
}

/** Where something stands. A filled dot is going on, a ring is waiting, a bar is over. */
export function StatusChip({ of, state, icon: Icon }: Props) {
  const word = useEnum();
  const tone = TONES[of]?.[state] ?? "neutral";
  return (
    <span className={classes.status} data-tone={tone} data-state={state}>
      {Icon ? (
        <Icon size={13} strokeWidth={2.2} aria-hidden="true" />
      ) : (
        <span className={classes.dot} aria-hidden="true" />
      )}
      {word(of, state)}
    </span>
  );
}
