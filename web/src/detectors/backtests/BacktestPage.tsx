import { Button, Progress, Select, Skeleton } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { idempotencyKey } from "../../api/client";
import { useMay } from "../../app/session";
import { ActionProblem } from "../../ui/ActionProblem";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { count, duration, percent } from "../../ui/format";
import { Page } from "../../ui/Page";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import { StatusChip } from "../../ui/StatusChip";
import { useNow } from "../../ui/useNow";
import { useBacktest, useCancel, useDelete, useRequest } from "./api";
import { BacktestComparison } from "./BacktestComparison";
import { BacktestFigures } from "./BacktestFigures";
import { BacktestMachine } from "./BacktestMachine";
import { DetectorOf, spanWords, TargetOf } from "./BacktestsPage";
import classes from "./backtests.module.css";
import { type Backtest, isUnderWay, sameAgain, secondsLeft } from "./draft";

/** One backtest: how far it is, what it found, and how that compares with what was. */
export function BacktestPage() {
  const { t } = useTranslation();
  const { backtestId } = useParams({ from: "/alarms/backtests/$backtestId" });
  const backtest = useBacktest(backtestId);
  const crumbs = [
    { label: t("alarms.title"), to: "/alarms" as const },
    { label: t("backtests.title"), to: "/alarms/backtests" as const },
  ];
  return (
    <QueryState
      query={backtest}
      skeleton={
        <Page title={t("backtests.one")} crumbs={crumbs}>
          <Skeleton height={520} radius="md" />
        </Page>
      }
    >
      {(found) => (
        <Page
          crumbs={crumbs}
          title={<TargetOf backtest={found} />}
          tabTitle={t("backtests.one")}
          subtitle={
            <>
              <DetectorOf backtest={found} /> · {spanWords(found)}
            </>
          }
          marks={<StatusChip of="backtestState" state={found.state} />}
          actions={<Verbs backtest={found} />}
        >
          <UnderWay backtest={found} />
          {found.problem ? (
            <Section>
              <p className={classes.note} role="alert">
                {t("backtests.failed", { problem: found.problem })}
              </p>
            </Section>
          ) : null}
          <BacktestFigures backtest={found} />
          <Machines backtest={found} />
          <BacktestComparison backtest={found} />
        </Page>
      )}
    </QueryState>
  );
}

function Verbs({ backtest }: { backtest: Backtest }) {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const [key] = useState(idempotencyKey);
  const cancel = useCancel();
  const again = useRequest(`${key}-${backtest.version}`, (made) => {
    void navigate({ to: "/alarms/backtests/$backtestId", params: { backtestId: made.id } });
  });
  const remove = useDelete(() => void navigate({ to: "/alarms/backtests" }));
  if (!may("assets.write")) return null;
  if (isUnderWay(backtest)) {
    return (
      <>
        <Button
          variant="default"
          loading={cancel.isPending}
          onClick={() => cancel.mutate(backtest.id)}
          data-testid="cancel-backtest"
        >
          {t("backtests.cancel")}
        </Button>
        <ActionProblem error={cancel.error} />
      </>
    );
  }
  return (
    <>
      <Button
        variant="default"
        loading={again.isPending}
        onClick={() => again.mutate(sameAgain(backtest))}
        data-testid="repeat-backtest"
      >
        {t("backtests.again")}
      </Button>
      <Button
        variant="default"
        color="red"
        onClick={() => setDeleting(true)}
        data-testid="delete-backtest"
      >
        {t("backtests.delete")}
      </Button>
      <ActionProblem error={again.error} />
      {deleting ? (
        <ConfirmDialog
          opened
          onClose={() => setDeleting(false)}
          title={t("backtests.deleteTitle", { span: spanWords(backtest) })}
          text={t("backtests.deleteText")}
          confirmLabel={t("backtests.delete")}
          onConfirm={() => remove.mutate(backtest.id)}
          pending={remove.isPending}
          error={remove.error}
          danger
        />
      ) : null}
    </>
  );
}

function UnderWay({ backtest }: { backtest: Backtest }) {
  const { t } = useTranslation();
  const now = useNow();
  if (!isUnderWay(backtest)) return null;
  const left = secondsLeft(backtest, now);
  return (
    <Section testId="backtest-progress">
      <Progress
        value={backtest.progress * 100}
        aria-label={t("backtests.progress")}
        animated={backtest.state === "running"}
      />
      <p className={classes.note} aria-live="polite">
        {backtest.state === "queued"
          ? t("backtests.waiting")
          : t("backtests.done", {
              part: percent(backtest.progress),
              readings: count(backtest.readings),
            })}
        {left === null ? null : ` · ${t("backtests.left", { duration: duration(left) })}`}
      </p>
    </Section>
  );
}

/** The machines of a backtest, one at a time: what it would have been told of each. */
function Machines({ backtest }: { backtest: Backtest }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string | null>(null);
  const { assets } = backtest;
  // The one with most to tell, until somebody chooses.
  const most = assets.reduce((best, each) => (each.alarms > best.alarms ? each : best));
  const shown = assets.find(({ asset_id }) => asset_id === chosen) ?? most;
  return (
    <>
      {assets.length > 1 ? (
        <Select
          label={t("common.asset")}
          data={assets.map((each) => ({
            value: each.asset_id,
            label: `${each.asset_serial} · ${each.asset_name} · ${t("backtests.alarmCount", { count: each.alarms })}`,
          }))}
          value={shown.asset_id}
          allowDeselect={false}
          onChange={setChosen}
          maw={420}
          data-testid="field-machine"
        />
      ) : null}
      <BacktestMachine key={shown.asset_id} backtest={backtest} machine={shown} />
    </>
  );
}
