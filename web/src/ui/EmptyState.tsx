import { Inbox, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import classes from "./states.module.css";

interface Props {
  title: string;
  /** How the first row comes to be. */
  hint?: string;
  action?: ReactNode;
  icon?: LucideIcon;
  small?: boolean;
}

/** Nothing here yet, and how that changes. */
export function EmptyState({ title, hint, action, icon: Icon = Inbox, small = false }: Props) {
  return (
    <div className={classes.empty} data-small={small || undefined}>
      {small ? null : <Icon size={28} strokeWidth={1.4} aria-hidden="true" />}
      <p className={classes.emptyTitle}>{title}</p>
      {hint ? <p className={classes.emptyHint}>{hint}</p> : null}
      {action}
    </div>
  );
}
