import { Checkbox, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../app/session";
import { CommentForm } from "../ui/CommentForm";
import { type Family, type TicketDetail, useComment } from "./api";
import { Mentions } from "./Mentions";
import type { Named } from "./watching";

/** Saying something on a ticket; what the manufacturer's people keep among themselves is marked so. */
export function CommentBox({ family, detail }: { family: Family; detail: TicketDetail }) {
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
  const ours = me.organisation.id;
  const theirs = detail.organisation_id;
  return (
    <Stack gap="xs">
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
