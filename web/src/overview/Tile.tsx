import { Skeleton } from "@mantine/core";
import { Link, type LinkProps } from "@tanstack/react-router";
import { count } from "../ui/format";
import type { Paged } from "../ui/usePaged";
import classes from "./overview.module.css";

interface Props<Row> {
  label: string;
  list: Paged<Row>;
  link: LinkProps;
  /** Coloured as soon as there is one. */
  loud?: boolean;
  testId?: string;
}

/** How many there are of something, and the way to them. */
export function Tile<Row>({ label, list, link, loud = false, testId }: Props<Row>) {
  const first = list.data?.pages[0];
  const number = first?.items.length ?? 0;
  return (
    <Link
      {...link}
      className={classes.tile}
      data-loud={(loud && number > 0) || undefined}
      data-testid={testId}
    >
      <span className={classes.label}>{label}</span>
      {first ? (
        <span className={classes.number}>
          {first.next_cursor ? `${count(number)}+` : count(number)}
        </span>
      ) : list.isError ? (
        <span className={classes.number}>–</span>
      ) : (
        <Skeleton height={30} width={44} />
      )}
    </Link>
  );
}
