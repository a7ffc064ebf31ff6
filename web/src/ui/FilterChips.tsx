import { Menu, UnstyledButton } from "@mantine/core";
import { Check, ChevronDown, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import classes from "./FilterChips.module.css";

export interface Choice {
  value: string;
  label: string;
}

interface Props {
  label: string;
  choices: Choice[];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** One filter as a chip: says what it holds back, opens its choices, clears with the cross. */
export function FilterChip({ label, choices, value, onChange }: Props) {
  const chosen = choices.find((choice) => choice.value === value);
  return (
    <span className={classes.chip} data-active={chosen ? true : undefined}>
      <Menu position="bottom-start" shadow="md">
        <Menu.Target>
          <UnstyledButton
            className={classes.open}
            aria-label={chosen ? `${label}: ${chosen.label}` : label}
          >
            {chosen ? `${label}: ${chosen.label}` : label}
            {chosen ? null : <ChevronDown size={13} aria-hidden="true" />}
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown mah={340} style={{ overflowY: "auto" }}>
          {choices.map((choice) => (
            <Menu.Item
              key={choice.value}
              onClick={() => onChange(choice.value === value ? undefined : choice.value)}
              rightSection={choice.value === value ? <Check size={14} /> : null}
            >
              {choice.label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {chosen ? <ClearChip label={label} onClear={() => onChange(undefined)} /> : null}
    </span>
  );
}

/** The cross at the end of a chip that holds something back. */
export function ClearChip({ label, onClear }: { label: string; onClear: () => void }) {
  const { t } = useTranslation();
  return (
    <UnstyledButton
      className={classes.clear}
      onClick={onClear}
      aria-label={t("common.clearFilter", { filter: label })}
    >
      <X size={13} />
    </UnstyledButton>
  );
}

/** A filter that is on or off. */
export function ToggleChip({
  label,
  on,
  onChange,
}: {
  label: string;
  on: boolean;
  onChange: (on: boolean) => void;
}) {
  return (
    <span className={classes.chip} data-active={on || undefined}>
      <UnstyledButton className={classes.open} aria-pressed={on} onClick={() => onChange(!on)}>
        {on ? <Check size={13} aria-hidden="true" /> : null}
        {label}
      </UnstyledButton>
    </span>
  );
}

export function FilterBar({ children }: { children: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={classes.bar} role="toolbar" aria-label={t("common.filters")}>
      {children}
    </div>
  );
}
