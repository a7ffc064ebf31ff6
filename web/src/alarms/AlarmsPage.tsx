import { useNavigate, useSearch } from "@tanstack/react-router";
import { BellOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar, FilterChip, ToggleChip } from "../ui/FilterChips";
import { Page } from "../ui/Page";
import { Section } from "../ui/Section";
import { useEnum } from "../ui/useEnum";
import { AlarmTable } from "./AlarmTable";
import { ALARM_STATES, CATEGORIES, SEVERITIES, useAlarms } from "./api";

/** What machines and sensors report; without a filter, what still wants somebody. */
export function AlarmsPage() {
  const { t } = useTranslation();
  const word = useEnum();
  const navigate = useNavigate();
  const filters = useSearch({ from: "/alarms" });
  const alarms = useAlarms({
    state: filters.state === "any" ? undefined : filters.state,
    active: filters.state ? undefined : true,
    severity: filters.severity,
    category: filters.category,
    assetId: filters.asset,
    historical: filters.history === "true",
  });
  const set = (change: Partial<typeof filters>) =>
    void navigate({ to: "/alarms", search: { ...filters, ...change }, replace: true });
  return (
    <Page title={t("alarms.title")}>
      <FilterBar>
        <FilterChip
          label={t("common.state")}
          choices={[
            { value: "any", label: t("alarms.openAndPast") },
            ...ALARM_STATES.map((value) => ({ value, label: word("alarmState", value) })),
          ]}
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
        <ToggleChip
          label={t("alarms.historical")}
          on={filters.history === "true"}
          onChange={(on) => set({ history: on ? "true" : undefined })}
        />
        {filters.asset ? (
          <ToggleChip label={t("tickets.oneAsset")} on onChange={() => set({ asset: undefined })} />
        ) : null}
      </FilterBar>
      <Section flush>
        <AlarmTable
          alarms={alarms}
          empty={
            <EmptyState icon={BellOff} title={t("alarms.empty")} hint={t("alarms.emptyHint")} />
          }
        />
      </Section>
    </Page>
  );
}
