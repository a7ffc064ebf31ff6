import { Fieldset, NumberInput, Select, SimpleGrid } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useEnum } from "../../ui/useEnum";
import { SEVERITIES } from "../api";
import { type Draft, isRate, type Kind, type Limit, withSetpoint } from "./draft";

interface Props {
  kind: Kind;
  unit: string;
  draft: Draft;
  onChange: (draft: Draft) => void;
}

/** One limit: nothing but its number until there is one. */
export function LimitFields({ kind, unit, draft, onChange }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const limit = draft[kind];
  const set = (change: Partial<Limit>) =>
    limit && onChange({ ...draft, [kind]: { ...limit, ...change } });
  const seconds = (label: string, field: "on_delay_s" | "off_delay_s" | "over_s", least = 0) => (
    <NumberInput
      label={label}
      min={least}
      max={86_400}
      clampBehavior="blur"
      value={limit?.[field] ?? least}
      onChange={(value) => set({ [field]: typeof value === "number" ? value : least })}
    />
  );
  return (
    <Fieldset legend={t(`limits.kinds.${kind}`)} p="xs">
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xs">
        <NumberInput
          label={t("limits.setpoint")}
          suffix={unit ? ` ${unit}` : undefined}
          value={limit?.setpoint ?? ""}
          onChange={(value) =>
            onChange(withSetpoint(draft, kind, typeof value === "number" ? value : null))
          }
          data-testid={`limit-${kind}`}
        />
        {limit ? (
          <>
            <NumberInput
              label={t("limits.deadband")}
              min={0}
              clampBehavior="blur"
              value={limit.deadband}
              onChange={(value) => set({ deadband: typeof value === "number" ? value : 0 })}
            />
            {seconds(t("limits.onDelay"), "on_delay_s")}
            {seconds(t("limits.offDelay"), "off_delay_s")}
            {isRate(kind) ? seconds(t("limits.over"), "over_s", 1) : null}
            <Select
              label={t("alarms.severity")}
              data={SEVERITIES.map((value) => ({ value, label: word("severity", value) }))}
              value={limit.severity}
              allowDeselect={false}
              onChange={(value) => value && set({ severity: value as Limit["severity"] })}
            />
          </>
        ) : null}
      </SimpleGrid>
    </Fieldset>
  );
}
