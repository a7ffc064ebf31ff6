import { quantity } from "./format";
import { Nothing } from "./Nothing";
import classes from "./small.module.css";

interface Props {
  value: number | null | undefined;
  unit?: string | null;
  /** Keeps its digits: for values that change while somebody looks. */
  steady?: boolean;
}

/** A measured value, its unit beside it. */
export function Quantity({ value, unit, steady }: Props) {
  if (value === null || value === undefined) return <Nothing />;
  return (
    <span className={classes.quantity}>
      {quantity(value, steady)}
      {unit ? <span className={classes.unit}> {unit}</span> : null}
    </span>
  );
}
