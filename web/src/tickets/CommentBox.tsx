import { Checkbox } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../app/session";
import { CommentForm } from "../ui/CommentForm";
import { type Family, useComment } from "./api";

/** Saying something on a ticket; what the manufacturer's people keep among themselves is marked so. */
export function CommentBox({ family, id }: { family: Family; id: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const [text, setText] = useState("");
  const [internal, setInternal] = useState(me.sees_everything);
  const comment = useComment(family, id, () => setText(""));
  return (
    <CommentForm
      label={t("tickets.comment")}
      placeholder={t("tickets.commentHint")}
      submitLabel={t("tickets.send")}
      text={text}
      onText={setText}
      onSend={(said) => comment.mutate({ text: said, internal })}
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
  );
}
