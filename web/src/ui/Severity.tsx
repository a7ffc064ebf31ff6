import classes from "./ui.module.css";
import { useEnum } from "./useEnum";

export type SeverityLevel = "critical" | "high" | "medium" | "low";

// Each level has a shape of its own: colour never speaks alone.
const SHAPES: Record<SeverityLevel, string> = {
  critical: "M8 1 15 8 8 15 1 8Z",
  high: "M8 1.5 15 14H1Z",
  medium: "M2.5 2.5h11v11h-11Z",
  low: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Z",
};

export function isSeverity(value: string): value is SeverityLevel {
  return value in SHAPES;
}

/** How bad something is: shape, colour and word. */
export function Severity({ level, quiet = false }: { level: string; quiet?: boolean }) {
  const word = useEnum();
  const known = isSeverity(level) ? level : "low";
  return (
    <span className={classes.severity} data-level={known} data-quiet={quiet || undefined}>
      <SeverityMark level={known} />
      <span>{word("severity", level)}</span>
    </span>
  );
}

export function SeverityMark({ level, size = 11 }: { level: SeverityLevel; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden="true"
      className={classes.mark}
      data-level={level}
    >
      <path d={SHAPES[level]} />
    </svg>
  );
}
