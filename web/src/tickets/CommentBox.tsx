import { Checkbox, Stack } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../app/session";
import { CommentForm } from "../ui/CommentForm";
import { type Family, type TicketDetail, useComment } from "./api";
import { Mentions } from "./Mentions";
import type { Named } from "./watching";

/** Words to begin with, of one ticket; each object is put in once. */
export interface Suggested {
  ticketId: string;
  text: string;
}

interface Props {
  family: Family;
  detail: TicketDetail;
  /** Put below what is written already; never sent by itself. */
  suggested?: Suggested | null;
}

/** Saying something on a ticket; what the manufacturer's people keep among themselves is marked so. */
export function CommentBox({ family, detail, suggested }: Props) {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay();
  const [text, setText] = useState("");
  const [internal, setInternal] = useState(me.sees_everything);
  const [mentions, setMentions] = useState<Named[]>([]);
  const comment = useComment(family, detail.id, () => {
    setText("");
    setMentions([]);
  });
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (suggested?.ticketId !== detail.id) return;
    setText((written) => [written.trimEnd(), suggested.text].filter(Boolean).join("\n\n"));
    box.current?.scrollIntoView({ block: "center" });
    box.current?.querySelector("textarea")?.focus({ preventScroll: true });
  }, [suggested, detail.id]);
  const ours = me.organisation.id;
  const theirs = detail.organisation_id;
  return (
    <Stack gap="xs" ref={box}>
      <CommentForm
        label={t("tickets.comment")}
        placeholder={t("tickets.commentHint")}
        submitLabel={t("tickets.send")}
        text={text}
        onText={setText}
        onSend={(said) =>
          comment.mutate({ text: said, internal, mentions: mentions.map((each) => each.value) })
        }
        pending={comment.isPending}
        error={comment.error}
        maxLength={10_000}
      >
        {me.sees_everything ? (
          <Checkbox
            size="xs"
            label={t("tickets.internal")}
            checked={internal}
            onChange={(event) => setInternal(event.currentTarget.checked)}
          />
        ) : null}
      </CommentForm>
      {me.sees_everything && may("people.read") ? (
        <Mentions
          // The customer's people do not read what is internal.
          organisationIds={internal || ours === theirs ? [ours] : [ours, theirs]}
          chosen={mentions}
          onChange={setMentions}
        />
      ) : null}
    </Stack>
  );
}
