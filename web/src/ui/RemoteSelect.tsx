import { Combobox, InputBase, Loader, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./small.module.css";

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
  const [query] = useDebouncedValue((typed ?? "").trim(), 200);
  const chosen = useQuery({
    queryKey: [source.key, "option", value],
    queryFn: ({ signal }) => source.read(value ?? "", signal),
    enabled: value !== null && value !== "",
  });
  const found = useQuery({
    queryKey: [source.key, "options", query],
    queryFn: ({ signal }) => source.find(query, signal),
    enabled: combobox.dropdownOpened,
  });
  // What was found for other words is never offered: a quick hand would choose the wrong one.
  const current = query === (typed ?? "").trim() && found.data !== undefined;
  const options = current ? found.data : [];
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
          value={typed ?? (value ? (chosen.data?.label ?? "") : "")}
          rightSection={found.isFetching ? <Loader size={14} /> : <Combobox.Chevron />}
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
          {options.map((option) => (
            <Combobox.Option
              key={option.value}
              value={option.value}
              active={option.value === value}
            >
              {option.label}
              {option.note ? <span className={classes.linkSub}>{option.note}</span> : null}
            </Combobox.Option>
          ))}
          {options.length === 0 ? (
            <Combobox.Empty>
              {current ? t("common.nothingFound") : t("common.searching")}
            </Combobox.Empty>
          ) : null}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
