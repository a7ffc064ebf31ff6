import { Button, Group, Modal, Progress, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "../../ui/ActionProblem";
import { count } from "../../ui/format";
import { useEnum } from "../../ui/useEnum";
import { useFocusBack } from "../../ui/useFocusBack";
import type { QuarantineGroup } from "./api";
import { OutcomeList } from "./OutcomeList";
import { useDecide, type Verb } from "./useDecide";

interface Props {
  group: QuarantineGroup;
  verb: Verb;
  onClose: () => void;
}

const PERCENT = 100;

/** Asks before a whole group is replayed or dropped, shows how far it is, and tells what came of it. */
export function DecideDialog({ group, verb, onClose }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const [note, setNote] = useState("");
  const { phase, outcome, error, run, stop } = useDecide(group, verb);
  useFocusBack();
  const isDrop = verb === "drop";
  const facts = {
    entries: count(group.entries),
    source: group.gateway_name ?? group.source,
    why: word("quarantineReason", group.reason),
    done: count(outcome.entries),
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(note.trim());
  };
  return (
    <Modal
      opened
      onClose={phase === "running" ? stop : onClose}
      title={t(isDrop ? "gateways.dropGroupTitle" : "gateways.replayGroupTitle", facts)}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form onSubmit={submit} noValidate data-testid="decide-group">
        <Stack gap="sm">
          {phase === "asked" ? (
            <p style={{ margin: 0 }}>
              {t(isDrop ? "gateways.dropGroupText" : "gateways.replayGroupText", facts)}
            </p>
          ) : null}
          {phase === "asked" && isDrop ? (
            <TextInput
              label={t("common.reason")}
              data-autofocus
              maxLength={2000}
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
              data-testid="decide-note"
            />
          ) : null}
          <div role="status" aria-live="polite" data-testid="decide-outcome" data-phase={phase}>
            {phase === "running" ? (
              <>
                {t("gateways.decided", facts)}
                <Progress
                  mt={6}
                  value={Math.min(PERCENT, (outcome.entries / group.entries) * PERCENT)}
                  aria-label={t("gateways.decided", facts)}
                />
              </>
            ) : null}
            {phase === "stopped" ? (
              <p style={{ margin: "0 0 6px" }}>{t("gateways.stoppedHere", facts)}</p>
            ) : null}
            {phase === "done" || phase === "stopped" ? (
              <>
                <p style={{ margin: "0 0 4px" }}>
                  {t("gateways.settled", { settled: count(outcome.resolved) })}
                </p>
                {isDrop ? null : <OutcomeList {...outcome} />}
              </>
            ) : null}
          </div>
          <ActionProblem error={error} onReload={onClose} />
          <Group justify="flex-end" gap="xs">
            {phase === "asked" ? (
              <>
                <Button variant="default" onClick={onClose}>
                  {t("common.back")}
                </Button>
                <Button
                  type="submit"
                  color={isDrop ? "red" : undefined}
                  disabled={isDrop && !note.trim()}
                  data-testid="decide-confirm"
                >
                  {t(isDrop ? "gateways.dropAll" : "gateways.replayAll")}
                </Button>
              </>
            ) : phase === "running" ? (
              <Button variant="default" onClick={stop}>
                {t("gateways.stopHere")}
              </Button>
            ) : (
              <Button onClick={onClose} data-autofocus data-testid="decide-close">
                {t("common.close")}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
