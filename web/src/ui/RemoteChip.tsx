import { Combobox, UnstyledButton, useCombobox } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ClearChip } from "./FilterChips";
import classes from "./FilterChips.module.css";
import { RemoteOptions } from "./RemoteOptions";
import type { RemoteSource } from "./RemoteSelect";
import { useRemoteOption, useRemoteOptions } from "./useRemoteOptions";

interface Props {
  label: string;
  source: RemoteSource;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  testId?: string;
}

/** A filter with more choices than a menu holds: opens a search, clears with the cross. */
export function RemoteChip({ label, source, value, onChange, testId }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const combobox = useCombobox({
    onDropdownOpen: () => combobox.focusSearchInput(),
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setTyped("");
    },
  });
  const chosen = useRemoteOption(source, value);
  const { options, current } = useRemoteOptions(source, typed, combobox.dropdownOpened);
  const shown = value ? `${label}: ${chosen?.label ?? "…"}` : label;
  return (
    <span className={classes.chip} data-active={value ? true : undefined}>
      <Combobox
        store={combobox}
        width={300}
        position="bottom-start"
        onOptionSubmit={(id) => {
          onChange(id === value ? undefined : id);
          combobox.closeDropdown();
        }}
      >
        <Combobox.Target targetType="button" withAriaAttributes={false}>
          <UnstyledButton
            className={classes.open}
            aria-haspopup="listbox"
            aria-expanded={combobox.dropdownOpened}
            onClick={() => combobox.toggleDropdown()}
            data-testid={testId}
          >
            {shown}
            {value ? null : <ChevronDown size={13} aria-hidden="true" />}
          </UnstyledButton>
        </Combobox.Target>
        <Combobox.Dropdown>
          <Combobox.Search
            value={typed}
            aria-label={label}
            placeholder={t("common.typeToSearch")}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Combobox.Options mah={280} style={{ overflowY: "auto" }}>
            <RemoteOptions options={options} value={value} current={current} />
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
      {value ? <ClearChip label={label} onClear={() => onChange(undefined)} /> : null}
    </span>
  );
}
