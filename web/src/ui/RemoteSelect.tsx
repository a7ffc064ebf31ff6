import { Combobox, InputBase, Loader, useCombobox } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { RemoteOptions } from "./RemoteOptions";
import { useRemoteOption, useRemoteOptions } from "./useRemoteOptions";

export interface RemoteOption {
  value: string;
  label: string;
  /** A second, quieter line. */
  note?: string;
}

/** Where choices come from: a search, and one by its id to show what is chosen. */
export interface RemoteSource {
  key: string;
  find: (query: string, signal: AbortSignal) => Promise<RemoteOption[]>;
  read: (value: string, signal: AbortSignal) => Promise<RemoteOption>;
}

interface Props {
  source: RemoteSource;
  label: string;
  description?: string;
  error?: ReactNode;
  disabled?: boolean;
  value: string | null;
  onChange: (value: string | null) => void;
  testId?: string;
}

/** Chooses one of many by typing a part of its name; the search is the API's. */
export function RemoteSelect({
  source,
  label,
  description,
  error,
  disabled,
  value,
  onChange,
  testId,
}: Props) {
  const { t } = useTranslation();
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const [typed, setTyped] = useState<string | null>(null);
  const chosen = useRemoteOption(source, value);
  const { options, current, fetching } = useRemoteOptions(
    source,
    typed ?? "",
    combobox.dropdownOpened,
  );
  const choose = (id: string) => {
    onChange(id);
    setTyped(null);
    combobox.closeDropdown();
  };
  return (
    <Combobox store={combobox} onOptionSubmit={choose} withinPortal>
      <Combobox.Target>
        <InputBase
          label={label}
          description={description}
          error={error}
          disabled={disabled}
          placeholder={t("common.typeToSearch")}
          value={typed ?? (value ? (chosen?.label ?? "") : "")}
          rightSection={fetching ? <Loader size={14} /> : <Combobox.Chevron />}
          rightSectionPointerEvents="none"
          autoComplete="off"
          data-testid={testId}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            if (event.currentTarget.value === "") onChange(null);
            combobox.openDropdown();
          }}
          onClick={() => combobox.openDropdown()}
          onFocus={() => combobox.openDropdown()}
          onBlur={() => {
            combobox.closeDropdown();
            setTyped(null);
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options mah={280} style={{ overflowY: "auto" }}>
          <RemoteOptions options={options} value={value} current={current} />
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
