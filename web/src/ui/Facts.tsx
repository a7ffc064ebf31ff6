import type { ReactNode } from "react";
import { Nothing } from "./Nothing";
import classes from "./ui.module.css";

export interface Fact {
  label: string;
  value: ReactNode;
  /** Takes the whole width: long text. */
  wide?: boolean;
}

/** Names and values of one object. */
export function Facts({ items }: { items: (Fact | false | "" | null | undefined)[] }) {
  return (
    <dl className={classes.facts}>
      {items.map((item) =>
        item ? (
          <div key={item.label} data-wide={item.wide || undefined}>
            <dt>{item.label}</dt>
            <dd>
              {item.value === null || item.value === undefined || item.value === "" ? (
                <Nothing />
              ) : (
                item.value
              )}
            </dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}
