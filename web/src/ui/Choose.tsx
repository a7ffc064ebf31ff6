import { useTranslation } from "react-i18next";
import classes from "./DataTable.module.css";

/** Which rows are chosen, for what is done to many at once. */
export interface Selection {
  chosen: ReadonlySet<string>;
  toggle: (key: string) => void;
  /** Chooses all that are shown, or none. */
  all: (keys: string[]) => void;
  nameOf: (key: string) => string;
}

/** Stands in the head of a table whose rows can be chosen. */
export function ChooseAll({ selection, keys }: { selection: Selection; keys: string[] }) {
  const { t } = useTranslation();
  const chosen = keys.filter((key) => selection.chosen.has(key)).length;
  const isAll = keys.length > 0 && chosen === keys.length;
  return (
    <th scope="col" data-choose>
      <input
        type="checkbox"
        className={classes.choose}
        aria-label={t("common.chooseAll")}
        checked={isAll}
        ref={(box) => {
          if (box) box.indeterminate = chosen > 0 && !isAll;
        }}
        onChange={() => selection.all(isAll ? [] : keys)}
        data-testid="choose-all"
      />
    </th>
  );
}

/** Stands at the beginning of a row that can be chosen. */
export function ChooseOne({ selection, id }: { selection: Selection; id: string }) {
  const { t } = useTranslation();
  return (
    <td data-choose>
      <label className={classes.chooseArea}>
        <input
          type="checkbox"
          className={classes.choose}
          aria-label={t("common.chooseOne", { name: selection.nameOf(id) })}
          checked={selection.chosen.has(id)}
          onChange={() => selection.toggle(id)}
        />
      </label>
    </td>
  );
}
