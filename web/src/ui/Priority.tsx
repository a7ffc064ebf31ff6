import { type SeverityLevel, SeverityMark } from "./Severity";
import classes from "./ui.module.css";
import { useEnum } from "./useEnum";

const LEVELS: Record<string, SeverityLevel> = {
  P0: "critical",
  P1: "high",
  P2: "medium",
  P3: "low",
};

interface Props {
  level: string;
  /** With its word. */
  long?: boolean;
  /** The ticket has ended: nothing is urgent any more. */
  over?: boolean;
}

/** How urgent a ticket is. Only what cannot wait is coloured. */
export function Priority({ level, long = false, over = false }: Props) {
  const word = useEnum();
  const known = LEVELS[level] ?? "low";
  const loud = !over && (known === "critical" || known === "high");
  return (
    <span
      className={classes.severity}
      data-level={loud ? known : undefined}
      data-quiet={loud ? undefined : true}
    >
      {loud ? <SeverityMark level={known} /> : null}
      <span>{long ? word("priority", level) : level}</span>
    </span>
  );
}
