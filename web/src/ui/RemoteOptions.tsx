import { Combobox } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { RemoteOption } from "./RemoteSelect";
import classes from "./small.module.css";

interface Props {
  options: RemoteOption[];
  value: string | null | undefined;
  /** They are for the words that stand there now. */
  current: boolean;
}

/** The choices of a search, or why there are none. */
export function RemoteOptions({ options, value, current }: Props) {
  const { t } = useTranslation();
  if (options.length === 0) {
    return (
      <Combobox.Empty>{current ? t("common.nothingFound") : t("common.searching")}</Combobox.Empty>
    );
  }
  return options.map((option) => (
    <Combobox.Option key={option.value} value={option.value} active={option.value === value}>
      {option.label}
      {option.note ? <span className={classes.linkSub}>{option.note}</span> : null}
    </Combobox.Option>
  ));
}
