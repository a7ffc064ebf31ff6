import { ActionIcon, Autocomplete, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useFittings } from "../claims/api";
import { usePartNumbers } from "../parts/api";
import type { ResolutionValues } from "./resolution";
import classes from "./tickets.module.css";

interface Props {
  form: UseFormReturnType<ResolutionValues>;
  index: number;
  assetId: string | null | undefined;
}

/** One part that was replaced; choosing a position of the machine fills in the piece that sat there. */
export function PartLine({ form, index, assetId }: Props) {
  const { t } = useTranslation();
  const fittings = useFittings(assetId ?? undefined);
  const fitted = fittings.data ?? [];
  const numbers = usePartNumbers();
  const at = `parts.${index}`;

  const choosePosition = (position: string) => {
    form.setFieldValue(`${at}.position`, position);
    const present = fitted.find((each) => each.position === position);
    if (!present) return;
    if (!form.values.parts[index]?.partNumber)
      form.setFieldValue(`${at}.partNumber`, present.part_number);
    if (present.serial_number) form.setFieldValue(`${at}.failedSerial`, present.serial_number);
  };

  return (
    <div className={classes.partLine} data-testid={`part-${index}`}>
      <Autocomplete
        label={t("tickets.partNumber")}
        data={numbers.data ?? []}
        data-testid={`part-${index}-number`}
        {...form.getInputProps(`${at}.partNumber`)}
      />
      <Autocomplete
        label={t("tickets.position")}
        data={[...new Set(fitted.map((each) => each.position))]}
        data-testid={`part-${index}-position`}
        {...form.getInputProps(`${at}.position`)}
        onChange={choosePosition}
      />
      <TextInput
        label={t("tickets.failedSerial")}
        data-testid={`part-${index}-failed`}
        {...form.getInputProps(`${at}.failedSerial`)}
      />
      <TextInput
        label={t("tickets.replacementSerial")}
        data-testid={`part-${index}-replacement`}
        {...form.getInputProps(`${at}.replacementSerial`)}
      />
      <ActionIcon
        size="lg"
        aria-label={t("tickets.removePart")}
        onClick={() => form.removeListItem("parts", index)}
      >
        <Trash2 size={16} />
      </ActionIcon>
    </div>
  );
}
