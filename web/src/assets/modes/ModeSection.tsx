import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { EmptyState } from "../../ui/EmptyState";
import { exactTime, percent } from "../../ui/format";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { useModes } from "./api";
import { ModeTagDialog } from "./ModeTagDialog";
import classes from "./modes.module.css";

/** Whether a machine is stopped, idling or loaded: now, and over the last day. */
export function ModeSection({ assetId }: { assetId: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const modes = useModes(assetId);
  const [naming, setNaming] = useState(false);
  return (
    <Section
      title={t("modes.title")}
      testId="modes"
      aside={
        may("assets.write") && may("telemetry.read") ? (
          <Button size="compact-xs" variant="default" onClick={() => setNaming(true)}>
            {t("modes.tag")}
          </Button>
        ) : null
      }
    >
      <QueryState query={modes} height={60} small>
        {(found) =>
          found.mode === null ? (
            <EmptyState small title={t("modes.none")} hint={t("modes.noneHint")} />
          ) : (
            <Day found={found} />
          )
        }
      </QueryState>
      {naming ? <ModeTagDialog assetId={assetId} onClose={() => setNaming(false)} /> : null}
    </Section>
  );
}

function Day({ found }: { found: NonNullable<ReturnType<typeof useModes>["data"]> }) {
  const { t } = useTranslation();
  const word = useEnum();
  const place = (at: string | null) =>
    Math.min(Math.max(at === null ? found.end : Date.parse(at), found.start), found.end);
  const first = found.items[0];
  const blank = first ? place(first.since) - found.start : 0;
  return (
    <>
      <div>
        <strong data-testid="mode-now">{word("machineMode", found.mode)}</strong>{" "}
        {found.since ? (
          <>
            {t("modes.since")} <TimeAgo at={found.since} exact />
          </>
        ) : null}
      </div>
      <div className={classes.bar} role="img" aria-label={t("modes.lastDay")}>
        {blank > 0 ? <div style={{ flexGrow: blank }} /> : null}
        {found.items.map((item) => (
          <div
            key={item.since}
            className={classes.part}
            data-mode={item.mode}
            style={{ flexGrow: place(item.until) - place(item.since), flexBasis: 0 }}
            title={`${word("machineMode", item.mode)} · ${exactTime(new Date(item.since))}`}
          />
        ))}
      </div>
      <ul className={classes.legend}>
        {Object.entries(found.shares).map(([mode, share]) => (
          <li key={mode}>
            <span className={classes.dot} data-mode={mode} />
            {word("machineMode", mode)} {percent(share)}
          </li>
        ))}
      </ul>
    </>
  );
}
