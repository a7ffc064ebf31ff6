import { ActionIcon, Tooltip } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { BellOff, Keyboard } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { ActionProblem } from "../ui/ActionProblem";
import { EmptyState } from "../ui/EmptyState";
import { count } from "../ui/format";
import { NothingMatches } from "../ui/NothingMatches";
import { Page } from "../ui/Page";
import { Section } from "../ui/Section";
import small from "../ui/small.module.css";
import { Tabs } from "../ui/Tabs";
import { toast } from "../ui/toast";
import { useEnum } from "../ui/useEnum";
import { useLocal } from "../ui/useLocal";
import { AlarmFilters, type Filters } from "./AlarmFilters";
import { AlarmTable } from "./AlarmTable";
import { type Alarm, useAlarmCount, useAlarms, useHandleMany } from "./api";
import { BulkBar } from "./BulkBar";
import { isShelved, isSide, SIDES, type Side, statesOf } from "./isa";
import { KeyHelp } from "./KeyHelp";
import { Refused } from "./Refused";
import { ShelveDialog } from "./ShelveDialog";
import { useAlarmKeys } from "./useAlarmKeys";
import { useChosen } from "./useChosen";

const NO_ROWS: Alarm[] = [];

/** The alarm console: what still wants somebody, what nobody is told of for a while, and everything. */
export function AlarmsPage() {
  const { t } = useTranslation();
  const may = useMay();
  const local = useLocal();
  const navigate = useNavigate();
  const filters = useSearch({ from: "/alarms" });
  const side: Side = isSide(filters.side) ? filters.side : "standing";
  const alarms = useAlarms({
    states: statesOf(side, filters.state),
    severity: filters.severity,
    category: filters.category,
    verdict: filters.verdict,
    assetId: filters.asset,
    siteId: filters.site,
    historical: side === "all" && !filters.history ? undefined : filters.history === "true",
  });
  const rows = useMemo(
    () => alarms.data?.pages.flatMap((page) => page.items) ?? NO_ROWS,
    [alarms.data],
  );
  const nameOf = useCallback((alarm: Alarm) => local(alarm.summary), [local]);
  const chosen = useChosen(rows, nameOf);
  const [shelving, setShelving] = useState<string[] | null>(null);
  const [helping, setHelping] = useState(false);
  const handle = useHandleMany((result, asked) => {
    chosen.clear();
    setShelving(null);
    if (result.done.length > 0) {
      toast(t(`alarms.doneMany.${asked.action}`, { count: result.done.length }));
    }
  });
  const handles = may("alarms.handle");
  // What was chosen counts; without a choice it is the row that has the focus.
  const meant = (focused: string | null) =>
    chosen.ids.length > 0 || !focused ? chosen.ids : [focused];
  useAlarmKeys({
    choose: (focused) => handles && chosen.selection.toggle(focused),
    acknowledge: (focused) => {
      const ids = meant(focused);
      if (handles && ids.length > 0) handle.mutate({ action: "acknowledge", alarm_ids: ids });
    },
    shelve: (focused) => {
      const ids = meant(focused);
      if (handles && ids.length > 0) setShelving(ids);
    },
    clear: chosen.clear,
    help: () => setHelping(true),
  });
  const set = (change: Partial<Filters>) =>
    void navigate({ to: "/alarms", search: { ...filters, ...change }, replace: true });
  const shelved = rows.some((row) => chosen.selection.chosen.has(row.id) && isShelved(row));
  return (
    <Page
      title={t("alarms.title")}
      subtitle={
        <>
          <Link to="/alarms/performance" className={small.link}>
            {t("performance.title")}
          </Link>
          {" · "}
          <Link to="/alarms/detectors" className={small.link}>
            {t("detectors.title")}
          </Link>
          {" · "}
          <Link to="/alarms/suppressions" className={small.link}>
            {t("suppressions.title")}
          </Link>
          {" · "}
          <Link to="/alarms/rationales" className={small.link}>
            {t("rationales.title")}
          </Link>
        </>
      }
      marks={
        <Tooltip label={t("alarms.keys.title")}>
          <ActionIcon
            visibleFrom="sm"
            aria-label={t("alarms.keys.title")}
            onClick={() => setHelping(true)}
          >
            <Keyboard size={17} />
          </ActionIcon>
        </Tooltip>
      }
    >
      <Sides side={side} onChange={(value) => set({ side: value, state: undefined })} />
      <AlarmFilters side={side} filters={filters} set={set} />
      {shelving ? null : <ActionProblem error={handle.error} onReload={handle.reset} />}
      <Refused refused={handle.data?.refused ?? []} nameOf={chosen.selection.nameOf} />
      <Section flush>
        {handles ? (
          <BulkBar
            ids={chosen.ids}
            pending={handle.isPending}
            canUnshelve={shelved}
            run={handle.mutate}
            onShelve={() => setShelving(chosen.ids)}
            onClear={chosen.clear}
          />
        ) : null}
        <AlarmTable
          alarms={alarms}
          selection={handles ? chosen.selection : undefined}
          withVerdict
          empty={<Empty side={side} filters={filters} clear={() => set(NO_FILTERS)} />}
        />
      </Section>
      {shelving ? (
        <ShelveDialog
          name={
            shelving.length === 1
              ? chosen.selection.nameOf(shelving[0] ?? "")
              : t("alarms.many", { count: shelving.length })
          }
          onClose={() => setShelving(null)}
          onShelve={(until, comment) =>
            handle.mutate({ action: "shelve", alarm_ids: shelving, until, comment })
          }
          pending={handle.isPending}
          error={handle.error}
        />
      ) : null}
      {helping ? <KeyHelp onClose={() => setHelping(false)} /> : null}
    </Page>
  );
}

const NO_FILTERS: Filters = {
  state: undefined,
  severity: undefined,
  category: undefined,
  verdict: undefined,
  asset: undefined,
  site: undefined,
  history: undefined,
};

function Sides({ side, onChange }: { side: Side; onChange: (side: string | undefined) => void }) {
  const { t } = useTranslation();
  const standing = useAlarmCount({ states: [...SIDES.standing], historical: false });
  const hidden = useAlarmCount({ states: [...SIDES.hidden], historical: false });
  const counts: Partial<Record<Side, typeof standing.data>> = {
    standing: standing.data,
    hidden: hidden.data,
  };
  const label = (each: Side) => {
    const found = counts[each];
    const words = t(`alarms.sides.${each}`);
    return found ? `${words} (${count(found.count)}${found.more ? "+" : ""})` : words;
  };
  return (
    <Tabs
      label={t("alarms.title")}
      tabs={(Object.keys(SIDES) as Side[]).map((value) => ({ value, label: label(value) }))}
      value={side}
      onChange={(value) => onChange(value === "standing" ? undefined : value)}
    />
  );
}

function Empty({ side, filters, clear }: { side: Side; filters: Filters; clear: () => void }) {
  const { t } = useTranslation();
  const word = useEnum();
  const set = [
    filters.state && { label: t("common.state"), value: word("isaState", filters.state) },
    filters.severity && { label: t("alarms.severity"), value: word("severity", filters.severity) },
    filters.category && {
      label: t("alarms.category"),
      value: word("alarmCategory", filters.category),
    },
    filters.verdict && { label: t("alarms.verdict"), value: word("alarmVerdict", filters.verdict) },
    filters.history && { label: t("alarms.historical"), value: t("common.yes") },
  ];
  if (set.some(Boolean) || filters.asset || filters.site) {
    return <NothingMatches filters={set} onClear={clear} />;
  }
  const own = side === "hidden" ? "emptyHidden" : "empty";
  return <EmptyState icon={BellOff} title={t(`alarms.${own}`)} hint={t(`alarms.${own}Hint`)} />;
}
