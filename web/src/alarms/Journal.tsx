import { Button } from "@mantine/core";
import {
  Bell,
  BellOff,
  BellRing,
  Check,
  CircleCheck,
  type LucideIcon,
  Megaphone,
  MessageSquare,
  ThumbsUp,
  TrendingUp,
} from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { idempotencyKey } from "../api/client";
import { useMay } from "../app/session";
import { CommentForm } from "../ui/CommentForm";
import { ErrorState } from "../ui/ErrorState";
import { Section } from "../ui/Section";
import { type Happening, Timeline } from "../ui/Timeline";
import { useEnum } from "../ui/useEnum";
import { rowsOf } from "../ui/usePaged";
import { useComment, useJournal } from "./api";

const ICONS: Partial<Record<string, LucideIcon>> = {
  raised: BellRing,
  told: Megaphone,
  worsened: TrendingUp,
  returned: CircleCheck,
  acknowledged: Check,
  suppressed: BellOff,
  unsuppressed: Bell,
  comment: MessageSquare,
  feedback: ThumbsUp,
};

/** Everything that happened to an alarm, and a place to say something about it. */
export function Journal({ alarmId }: { alarmId: string }) {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay();
  const { rows, error, retry, more } = rowsOf(useJournal(alarmId));
  const items = (rows ?? []).map((entry): Happening => {
    const verdict = entry.data.verdict;
    const kind = entry.kind === "feedback" && !verdict ? "feedback_withdrawn" : entry.kind;
    const details = [
      word("journalKind", kind),
      typeof verdict === "string" && word("alarmVerdict", verdict),
      typeof entry.data.by === "string" && word("suppressionKind", entry.data.by),
    ];
    return {
      id: String(entry.id),
      at: entry.event_at,
      who: entry.actor_name,
      what: details.filter(Boolean).join(": "),
      note: entry.text,
      icon: ICONS[entry.kind],
    };
  });
  return (
    <Section title={t("alarms.journal")} testId="alarm-journal">
      {error && !rows ? <ErrorState error={error} retry={retry} small /> : null}
      {more ? (
        <Button variant="default" size="xs" onClick={more.load} loading={more.loading}>
          {t("common.loadMore")}
        </Button>
      ) : null}
      <Timeline items={items.reverse()} label={t("alarms.journal")} />
      {may("alarms.handle") ? <CommentBox alarmId={alarmId} /> : null}
    </Section>
  );
}

function CommentBox({ alarmId }: { alarmId: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  // A repeated try is carried out once; the next comment is another.
  const [key, setKey] = useState(idempotencyKey);
  const comment = useComment(alarmId, () => {
    setText("");
    setKey(idempotencyKey());
  });
  return (
    <CommentForm
      label={t("alarms.comment")}
      placeholder={t("alarms.commentHint")}
      submitLabel={t("alarms.send")}
      text={text}
      onText={setText}
      onSend={(said) => comment.mutate({ text: said, key })}
      pending={comment.isPending}
      error={comment.error}
      maxLength={2000}
      testId="alarm-comment"
    />
  );
}
