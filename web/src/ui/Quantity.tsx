import { quantity } from "./format";
import { Nothing } from "./Nothing";
import classes from "./small.module.css";

interface Props {
  value: number | null | undefined;
  unit?: string | null;
}

/** A measured value, its unit beside it. */
export function Quantity({ value, unit }: Props) {
  if (value === null || value === undefined) return <Nothing />;
  return (
    <span className={classes.quantity}>
      {quantity(value)}
      {unit ? <span className={classes.unit}> {unit}</span> : null}
    </span>
  );
}
