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
  alarmState: {
    active_unacknowledged: "critical",
    active_acknowledged: "high",
    returned_unacknowledged: "medium",
    normal: "done",
  },
  gatewayState: {
    online: "neutral",
    late: "medium",
    offline: "high",
    never: "neutral",
    revoked: "done",
  },
  personState: { active: "neutral", invited: "medium", inactive: "done" },
};

interface Props {
  of: EnumName;
  state: string;
}

/** Where something stands. A filled dot is going on, a ring is waiting, a bar is over. */
export function StatusChip({ of, state }: Props) {
  const word = useEnum();
  const tone = TONES[of]?.[state] ?? "neutral";
  return (
    <span className={classes.status} data-tone={tone} data-state={state}>
      <span className={classes.dot} aria-hidden="true" />
      {word(of, state)}
    </span>
  );
}
