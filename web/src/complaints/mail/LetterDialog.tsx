import { Button, Group, Modal, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ORGANISATIONS } from "../../api/sources";
import { ActionProblem } from "../../ui/ActionProblem";
import { Facts } from "../../ui/Facts";
import { QueryState } from "../../ui/QueryState";
import { ReasonInput } from "../../ui/ReasonInput";
import { RemoteSelect } from "../../ui/RemoteSelect";
import { StatusChip } from "../../ui/StatusChip";
import { TechnicalDetail } from "../../ui/TechnicalDetail";
import { TimeAgo } from "../../ui/TimeAgo";
import { toast } from "../../ui/toast";
import { useEnum } from "../../ui/useEnum";
import { useFocusBack } from "../../ui/useFocusBack";
import { COMPLAINTS, type Decision, type Letter, useDecide, useLetter } from "./api";
import { LetterTicket } from "./LetterTicket";
import classes from "./mail.module.css";

type What = "open" | "add" | "discard";

/** One letter: its words, what became of it, and what is to become of it. */
export function LetterDialog({ letterId, onClose }: { letterId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const word = useEnum();
  const letter = useLetter(letterId);
  useFocusBack();
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={letter.data?.subject || t("mail.noSubject")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <QueryState query={letter} skeleton={<Skeleton height={320} />}>
        {(found) => (
          <Stack gap="sm" data-testid="letter">
            <Facts
              items={[
                {
                  label: t("common.state"),
                  value: <StatusChip of="mailState" state={found.state} />,
                },
                found.reason && {
                  label: t("common.reason"),
                  value: word("mailReason", found.reason),
                },
                found.direction === "in"
                  ? {
                      label: t("mail.from"),
                      value: [found.sender_name, found.sender].filter(Boolean).join(" · "),
                    }
                  : { label: t("mail.to"), value: found.recipient },
                { label: t("mail.at"), value: <TimeAgo at={found.at} exact /> },
                found.ticket_id && {
                  label: t("mail.ticket"),
                  value: <LetterTicket letter={found} />,
                },
                found.state === "waiting" &&
                  found.next_attempt_at && {
                    label: t("mail.nextAttempt"),
                    value: <TimeAgo at={found.next_attempt_at} exact />,
                  },
              ]}
            />
            {found.detail ? <TechnicalDetail text={found.detail} /> : null}
            <Text className={classes.words} data-testid="letter-words">
              {found.body || t("mail.noWords")}
            </Text>
            {found.state === "held" ? <Decide letter={found} onClose={onClose} /> : null}
            {found.state === "failed" ? <SendAgain letter={found} onClose={onClose} /> : null}
          </Stack>
        )}
      </QueryState>
    </Modal>
  );
}

function decided(
  what: What,
  organisation: string | null,
  ticket: string | null,
  reason: string,
): Decision | null {
  if (what === "open") return organisation ? { what, organisation } : null;
  if (what === "add") return ticket ? { what, ticket } : null;
  return reason ? { what, reason } : null;
}

function Decide({ letter, onClose }: { letter: Letter; onClose: () => void }) {
  const { t } = useTranslation();
  const [what, setWhat] = useState<What>("open");
  const [organisation, setOrganisation] = useState<string | null>(null);
  const [ticket, setTicket] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const decide = useDecide(letter.id, (now) => {
    toast(t(`mail.done.${what}`, { number: now.ticket_number ?? "" }));
    onClose();
  });
  const decision = decided(what, organisation, ticket, reason.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (decision) decide.mutate(decision);
  };
  return (
    <form onSubmit={submit} noValidate data-testid="decide-letter">
      <Stack gap="sm">
        <SegmentedControl
          aria-label={t("mail.whatNow")}
          value={what}
          onChange={(value) => setWhat(value as What)}
          data={(["open", "add", "discard"] as const).map((value) => ({
            value,
            label: t(`mail.${value}`),
          }))}
        />
        {what === "open" ? (
          <RemoteSelect
            source={ORGANISATIONS}
            label={t("mail.whose")}
            description={t("mail.whoseHint")}
            value={organisation}
            onChange={setOrganisation}
            testId="letter-organisation"
          />
        ) : null}
        {what === "add" ? (
          <RemoteSelect
            source={COMPLAINTS}
            label={t("mail.which")}
            description={t("mail.whichHint")}
            value={ticket}
            onChange={setTicket}
            testId="letter-ticket"
          />
        ) : null}
        {what === "discard" ? (
          <ReasonInput value={reason} onChange={setReason} testId="letter-reason" />
        ) : null}
        <ActionProblem error={decide.error} onReload={onClose} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("common.back")}
          </Button>
          <Button
            type="submit"
            loading={decide.isPending}
            disabled={decision === null}
            color={what === "discard" ? "red" : undefined}
            data-testid="decide"
          >
            {t(`mail.verb.${what}`)}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function SendAgain({ letter, onClose }: { letter: Letter; onClose: () => void }) {
  const { t } = useTranslation();
  const again = useDecide(letter.id, () => {
    toast(t("mail.done.sendAgain"));
    onClose();
  });
  return (
    <Group justify="flex-end" gap="xs">
      <ActionProblem error={again.error} onReload={onClose} />
      <Button
        loading={again.isPending}
        onClick={() => again.mutate({ what: "sendAgain" })}
        data-testid="send-again"
      >
        {t("mail.sendAgain")}
      </Button>
    </Group>
  );
}
