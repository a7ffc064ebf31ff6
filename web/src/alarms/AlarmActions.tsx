import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { ActionProblem } from "../ui/ActionProblem";
import { useLocal } from "../ui/useLocal";
import { type Alarm, useAcknowledge, useShelve, useUnshelve } from "./api";
import { isShelved, owesNote } from "./isa";
import { NewNormalDialog } from "./NewNormalDialog";
import { ShelveDialog } from "./ShelveDialog";

/** What somebody can do about one alarm: take note of it, put it on the shelf or take it off, say it is normal. */
export function AlarmActions({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation();
  const may = useMay();
  const local = useLocal();
  const [shelving, setShelving] = useState(false);
  const [telling, setTelling] = useState(false);
  const acknowledge = useAcknowledge(alarm);
  const shelve = useShelve(alarm.id, () => setShelving(false));
  const unshelve = useUnshelve(alarm.id);
  if (!may("alarms.handle")) return null;
  const isOver = alarm.isa_state === "normal";
  return (
    <>
      {alarm.state.startsWith("active") && !alarm.historical ? (
        <Button variant="default" onClick={() => setTelling(true)} data-testid="new-normal">
          {t("alarms.newNormal")}
        </Button>
      ) : null}
      {isShelved(alarm) ? (
        <Button
          variant="default"
          onClick={() => unshelve.mutate()}
          loading={unshelve.isPending}
          data-testid="unshelve"
        >
          {t("alarms.unshelve")}
        </Button>
      ) : isOver ? null : (
        <Button variant="default" onClick={() => setShelving(true)} data-testid="shelve">
          {t("alarms.shelveMany")}
        </Button>
      )}
      {owesNote(alarm) ? (
        <Button
          onClick={() => acknowledge.mutate(null)}
          loading={acknowledge.isPending}
          data-testid="acknowledge"
        >
          {t("alarms.acknowledge")}
        </Button>
      ) : null}
      <ActionProblem error={acknowledge.error} onReload={acknowledge.reset} />
      <ActionProblem error={unshelve.error} onReload={unshelve.reset} />
      {telling ? <NewNormalDialog alarmId={alarm.id} onClose={() => setTelling(false)} /> : null}
      {shelving ? (
        <ShelveDialog
          name={local(alarm.summary)}
          onClose={() => setShelving(false)}
          onShelve={(until, reason) => shelve.mutate({ until, reason })}
          pending={shelve.isPending}
          error={shelve.error}
        />
      ) : null}
    </>
  );
}
