import { ErrorState } from "../ui/ErrorState";
import classes from "./Shell.module.css";

/** The platform does not answer at all. */
export function Unreached({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <main className={classes.alone}>
      <ErrorState error={error} retry={retry} />
    </main>
  );
}
