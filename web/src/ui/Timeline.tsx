import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { TimeAgo } from "./TimeAgo";
import classes from "./Timeline.module.css";

export interface Happening {
  id: string;
  at: string;
  who: string | null;
  what: ReactNode;
  /** Words somebody wrote about it. */
  note?: ReactNode;
  icon?: LucideIcon;
  tone?: string;
}

/** Who did what, when and why; the newest last, as a story is read. */
export function Timeline({ items, label }: { items: Happening[]; label: string }) {
  return (
    <ol className={classes.timeline} aria-label={label}>
      {items.map((item) => {
        const Icon = item.icon;
        return (
          <li key={item.id} data-tone={item.tone}>
            <span className={classes.dot} aria-hidden="true">
              {Icon ? <Icon size={13} /> : null}
            </span>
            <div className={classes.body}>
              <div className={classes.head}>
                <span>
                  {item.who ? <strong>{item.who}</strong> : null} {item.what}
                </span>
                <span className={classes.when}>
                  <TimeAgo at={item.at} />
                </span>
              </div>
              {item.note ? <div className={classes.note}>{item.note}</div> : null}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
