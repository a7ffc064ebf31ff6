import { Button, Checkbox, Group, Stack, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../app/session";
import { ActionProblem } from "../ui/ActionProblem";
import { type Family, useComment } from "./api";

/** Saying something on a ticket; what the manufacturer's people keep among themselves is marked so. */
export function CommentBox({ family, id }: { family: Family; id: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const [text, setText] = useState("");
  const [internal, setInternal] = useState(me.sees_everything);
  const comment = useComment(family, id, () => setText(""));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) comment.mutate({ text: text.trim(), internal });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Textarea
          aria-label={t("tickets.comment")}
          placeholder={t("tickets.commentHint")}
          autosize
          minRows={2}
          maxRows={10}
          maxLength={10_000}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <ActionProblem error={comment.error} />
        <Group justify="space-between">
          {me.sees_everything ? (
            <Checkbox
              size="xs"
              label={t("tickets.internal")}
              checked={internal}
              onChange={(event) => setInternal(event.currentTarget.checked)}
            />
          ) : (
            <span />
          )}
          <Button
            type="submit"
            variant="default"
            size="xs"
            loading={comment.isPending}
            disabled={!text.trim()}
          >
            {t("tickets.send")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
