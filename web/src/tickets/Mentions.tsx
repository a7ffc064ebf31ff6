import { MultiSelect } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { AtSign } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Named, usePeopleOf } from "./watching";

const MENTIONS_MAX = 20;

interface Props {
  organisationIds: string[];
  chosen: Named[];
  onChange: (people: Named[]) => void;
}

/** Choosing people to tell of what one says; they follow the ticket from then on. */
export function Mentions({ organisationIds, chosen, onChange }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [opened, setOpened] = useState(false);
  const [words] = useDebouncedValue(typed.trim(), 200);
  const found = usePeopleOf(organisationIds, words, opened);
  const chosenIds = chosen.map((each) => each.value);
  const others = (found.data ?? []).filter((each) => !chosenIds.includes(each.value));
  const all = [...chosen, ...others];
  return (
    <MultiSelect
      size="xs"
      aria-label={t("tickets.mention")}
      placeholder={chosen.length === 0 ? t("tickets.mention") : undefined}
      leftSection={<AtSign size={14} />}
      data={all}
      value={chosenIds}
      onChange={(ids) => onChange(all.filter((each) => ids.includes(each.value)))}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      onDropdownOpen={() => setOpened(true)}
      // The platform has searched already, and in its own way.
      filter={({ options }) => options}
      hidePickedOptions
      maxValues={MENTIONS_MAX}
      nothingFoundMessage={found.isFetching ? t("common.searching") : t("common.nothingFound")}
      data-testid="mentions"
    />
  );
}
