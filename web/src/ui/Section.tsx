import { Title } from "@mantine/core";
import { type ReactNode, useId } from "react";
import classes from "./ui.module.css";

interface Props {
  title?: ReactNode;
  /** Stands right of the title: a count, a small action. */
  aside?: ReactNode;
  children: ReactNode;
  /** Lets a table or chart reach the edges. */
  flush?: boolean;
  testId?: string;
}

/** A panel with one subject. */
export function Section({ title, aside, children, flush = false, testId }: Props) {
  const id = useId();
  return (
    <section
      className={classes.section}
      aria-labelledby={title ? id : undefined}
      data-testid={testId}
    >
      {title ? (
        <div className={classes.sectionHead}>
          <Title order={2} id={id} className={classes.sectionTitle}>
            {title}
          </Title>
          {aside ? <div className={classes.sectionAside}>{aside}</div> : null}
        </div>
      ) : null}
      <div className={classes.sectionBody} data-flush={flush || undefined}>
        {children}
      </div>
    </section>
  );
}
