import classes from "./small.module.css";

/** What a device, a library or the database said, in its own words: quoted, below the words of the page. */
export function TechnicalDetail({ text }: { text: string | null | undefined }) {
  if (!text) return null;
  return (
    <q className={classes.technical} lang="en">
      {text}
    </q>
  );
}
