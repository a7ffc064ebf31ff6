import { useTranslation } from "react-i18next";
import { ASSETS, sitesOf } from "../api/sources";
import { FilterBar, FilterChip, ToggleChip } from "../ui/FilterChips";
import { RemoteChip } from "../ui/RemoteChip";
import { useEnum } from "../ui/useEnum";
import { CATEGORIES, SEVERITIES } from "./api";
import { SIDES, type Side, VERDICTS } from "./isa";

export interface Filters {
  side?: string;
  state?: string;
  severity?: string;
  category?: string;
  verdict?: string;
  asset?: string;
  site?: string;
  history?: string;
}

interface Props {
  side: Side;
  filters: Filters;
  set: (change: Partial<Filters>) => void;
}

const SITES = sitesOf(null);

/** What holds alarms back from the list; all of it lives in the address. */
export function AlarmFilters({ side, filters, set }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  return (
    <FilterBar>
      <FilterChip
        label={t("common.state")}
        choices={SIDES[side].map((value) => ({ value, label: word("isaState", value) }))}
        value={filters.state}
        onChange={(state) => set({ state })}
      />
      <FilterChip
        label={t("alarms.severity")}
        choices={SEVERITIES.map((value) => ({ value, label: word("severity", value) }))}
        value={filters.severity}
        onChange={(severity) => set({ severity })}
      />
      <FilterChip
        label={t("alarms.category")}
        choices={CATEGORIES.map((value) => ({ value, label: word("alarmCategory", value) }))}
        value={filters.category}
        onChange={(category) => set({ category })}
      />
      <FilterChip
        label={t("alarms.verdict")}
        choices={VERDICTS.map((value) => ({ value, label: word("alarmVerdict", value) }))}
        value={filters.verdict}
        onChange={(verdict) => set({ verdict })}
      />
      <RemoteChip
        label={t("common.site")}
        source={SITES}
        value={filters.site}
        onChange={(site) => set({ site })}
      />
      <RemoteChip
        label={t("common.asset")}
        source={ASSETS}
        value={filters.asset}
        onChange={(asset) => set({ asset })}
      />
      <ToggleChip
        label={t("alarms.historical")}
        on={filters.history === "true"}
        onChange={(on) => set({ history: on ? "true" : undefined })}
      />
    </FilterBar>
  );
}
