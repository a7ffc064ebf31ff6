import { ActionIcon, Autocomplete, NumberInput, SimpleGrid, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { usePartNumbers } from "../parts/api";
import { ErrorState } from "../ui/ErrorState";
import { useCoverage, useFittings } from "./api";
import { CoverageAnswer } from "./CoverageAnswer";
import classes from "./claims.module.css";
import type { ClaimValues } from "./claimValues";

interface Props {
  form: UseFormReturnType<ClaimValues>;
  index: number;
}

/** One failed part, and at once whether it is covered on the day of the failure. */
export function ClaimLineInput({ form, index }: Props) {
  const { t } = useTranslation();
  const { assetId, failureOn, meter, lines } = form.values;
  const line = lines[index];
  const numbers = usePartNumbers();
  const fittings = useFittings(assetId ?? undefined);
  const [partNumber] = useDebouncedValue(line?.partNumber.trim() ?? "", 400);
  const coverage = useCoverage(
    assetId && failureOn && partNumber
      ? { assetId, on: failureOn, partNumber, meter: meter === "" ? undefined : String(meter) }
      : null,
  );
  const at = `lines.${index}`;
  const positions = [...new Set((fittings.data ?? []).map((each) => each.position))];
  return (
    <div className={classes.line} data-testid={`claim-line-${index}`}>
      <div className={classes.lineHead}>
        <span className={classes.lineName}>{t("claims.lineNumber", { number: index + 1 })}</span>
        {lines.length > 1 ? (
          <ActionIcon
            ml="auto"
            aria-label={t("tickets.removePart")}
            onClick={() => form.removeListItem("lines", index)}
          >
            <Trash2 size={16} />
          </ActionIcon>
        ) : null}
      </div>
      <SimpleGrid cols={{ base: 2, sm: 3 }} spacing="sm">
        <Autocomplete
          label={t("tickets.partNumber")}
          data={numbers.data ?? []}
          data-testid={`claim-line-${index}-part`}
          {...form.getInputProps(`${at}.partNumber`)}
        />
        <Autocomplete
          label={t("tickets.position")}
          data={positions}
          data-testid={`claim-line-${index}-position`}
          {...form.getInputProps(`${at}.position`)}
        />
        <NumberInput
          label={t("common.quantity")}
          min={1}
          allowDecimal={false}
          {...form.getInputProps(`${at}.quantity`)}
        />
        <TextInput
          label={t("tickets.failedSerial")}
          data-testid={`claim-line-${index}-failed`}
          {...form.getInputProps(`${at}.failedSerial`)}
        />
        <TextInput
          label={t("tickets.replacementSerial")}
          data-testid={`claim-line-${index}-replacement`}
          {...form.getInputProps(`${at}.replacementSerial`)}
        />
        <NumberInput
          label={t("tickets.labour")}
          suffix={` ${t("tickets.minutes")}`}
          min={0}
          allowDecimal={false}
          data-testid={`claim-line-${index}-labour`}
          {...form.getInputProps(`${at}.labourMinutes`)}
        />
      </SimpleGrid>
      {coverage.data ? <CoverageAnswer answer={coverage.data} /> : null}
      {coverage.isError ? <ErrorState error={coverage.error} small /> : null}
    </div>
  );
}
