import { Button } from "@mantine/core";
import { Wrench } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorState } from "../../ui/ErrorState";
import { Section } from "../../ui/Section";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { rowsOf } from "../../ui/usePaged";
import classes from "../alarms.module.css";
import { type Suppression, useSuppressions } from "./api";
import { EndDialog } from "./EndDialog";
import { MaintenanceDialog } from "./MaintenanceDialog";

/** What keeps alarms of a machine from being told, now and as planned; and a maintenance window to plan. */
export function SuppressionsOfAsset({ assetId, name }: { assetId: string; name: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const { rows, error, retry } = rowsOf(useSuppressions({ assetId, ended: false }));
  const [planning, setPlanning] = useState(false);
  const [ending, setEnding] = useState<Suppression | null>(null);
  return (
    <Section
      title={t("suppressions.title")}
      testId="suppressions"
      aside={
        may("alarms.handle") ? (
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<Wrench size={13} />}
            onClick={() => setPlanning(true)}
            data-testid="plan-maintenance"
          >
            {t("suppressions.plan")}
          </Button>
        ) : null
      }
    >
      {error && !rows ? <ErrorState error={error} retry={retry} small /> : null}
      {rows?.length === 0 ? <EmptyState small title={t("suppressions.none")} /> : null}
      {rows && rows.length > 0 ? (
        <ul className={classes.episodes}>
          {rows.map((row) => (
            <li key={row.id}>
              <OneSuppression row={row} onEnd={may("alarms.handle") ? setEnding : undefined} />
            </li>
          ))}
        </ul>
      ) : null}
      {planning ? (
        <MaintenanceDialog assetId={assetId} name={name} onClose={() => setPlanning(false)} />
      ) : null}
      {ending ? <EndDialog row={ending} onClose={() => setEnding(null)} /> : null}
    </Section>
  );
}

function OneSuppression({ row, onEnd }: { row: Suppression; onEnd?: (row: Suppression) => void }) {
  const { t } = useTranslation();
  const word = useEnum();
  return (
    <>
      <div className={classes.episodeHead}>
        <strong>{word("suppressionKind", row.kind)}</strong>
        {onEnd ? (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => onEnd(row)}>
            {t("suppressions.end")}
          </Button>
        ) : null}
      </div>
      <div>
        <TimeAgo at={row.starts_at} exact /> –{" "}
        {row.ends_at ? <TimeAgo at={row.ends_at} exact /> : t("suppressions.endless")}
      </div>
      <p className={classes.quiet}>
        {row.reason} · {row.created_by_name}
      </p>
    </>
  );
}
