import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "../../alarms/alarms.module.css";
import { useMay } from "../../app/session";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { EmptyState } from "../../ui/EmptyState";
import { quantity } from "../../ui/format";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import { type SeriesWithLatest, useSeries } from "../api";
import { type Group, type Redundancy, useRedundancy, useSetGroups } from "./api";
import { GroupDialog } from "./GroupDialog";

/** Sensors of a machine that measure the same, how far they lie apart, and new ones to compare. */
export function RedundantSensors({ assetId }: { assetId: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const known = useRedundancy(assetId);
  const series = useSeries(assetId);
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<Group | null>(null);
  return (
    <Section
      title={t("redundancy.title")}
      testId="redundancy"
      aside={
        may("assets.write") && known.data ? (
          <Button size="compact-xs" variant="default" onClick={() => setAdding(true)}>
            {t("redundancy.add")}
          </Button>
        ) : null
      }
    >
      <QueryState query={known} height={60} small>
        {(found) =>
          found.groups.length === 0 ? (
            <EmptyState small title={t("redundancy.none")} hint={t("redundancy.noneHint")} />
          ) : (
            <ul className={classes.episodes}>
              {found.groups.map((group) => (
                <li key={group.series_ids.join()}>
                  <OneGroup
                    group={group}
                    known={found}
                    series={series.data ?? []}
                    onRemove={may("assets.write") ? () => setLeaving(group) : undefined}
                  />
                </li>
              ))}
            </ul>
          )
        }
      </QueryState>
      {adding && known.data ? (
        <GroupDialog known={known.data} onClose={() => setAdding(false)} />
      ) : null}
      {leaving && known.data ? (
        <LeaveDialog
          group={leaving}
          known={known.data}
          names={namesOf(leaving, series.data ?? [])}
          onClose={() => setLeaving(null)}
        />
      ) : null}
    </Section>
  );
}

const namesOf = (group: Group, series: SeriesWithLatest[]) =>
  group.series_ids.map((id) => series.find((one) => one.id === id)?.name ?? String(id)).join(" · ");

function OneGroup({
  group,
  known,
  series,
  onRemove,
}: {
  group: Group;
  known: Redundancy;
  series: SeriesWithLatest[];
  onRemove?: () => void;
}) {
  const { t } = useTranslation();
  const unit = series.find((one) => one.id === group.series_ids[0])?.unit ?? "";
  const pairs = known.comparisons.filter((pair) => group.series_ids.includes(pair.first));
  const value = (number: number) => `${quantity(number)} ${unit}`;
  return (
    <>
      <div className={classes.episodeHead}>
        <strong>{namesOf(group, series)}</strong>
        {onRemove ? (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={onRemove}>
            {t("redundancy.remove")}
          </Button>
        ) : null}
      </div>
      {pairs.length === 0 || pairs.some((pair) => !pair.warm) ? (
        <p className={classes.quiet}>{t("redundancy.learning")}</p>
      ) : (
        pairs.map((pair) => (
          <p className={classes.quiet} key={`${pair.first}-${pair.second}`}>
            {namesOf({ series_ids: [pair.first, pair.second] }, series)}:{" "}
            {t("redundancy.now", { value: value(pair.now) })},{" "}
            {t("redundancy.usual", { value: value(pair.usual) })},{" "}
            {t("redundancy.limit", { value: value(pair.limit) })}
            {Math.abs(pair.now - pair.usual) > pair.limit ? (
              <strong> {t("redundancy.disagrees")}</strong>
            ) : null}
          </p>
        ))
      )}
    </>
  );
}

function LeaveDialog({
  group,
  known,
  names,
  onClose,
}: {
  group: Group;
  known: Redundancy;
  names: string;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const save = useSetGroups(known, "redundancy.removed", onClose);
  const rest = known.groups.filter((one) => one.series_ids.join() !== group.series_ids.join());
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t("redundancy.remove")}
      text={names}
      confirmLabel={t("redundancy.remove")}
      onConfirm={() => save.mutate(rest)}
      pending={save.isPending}
      error={save.error}
    />
  );
}
