import { ActionIcon, Button, Checkbox, FileButton, Group, Progress } from "@mantine/core";
import { Camera, Paperclip, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/session";
import { ErrorState } from "../../ui/ErrorState";
import type { Family } from "../api";
import { type OnItsWay, useSending } from "./api";
import classes from "./files.module.css";

const ACCEPTED = "image/*,video/mp4,video/quicktime,.pdf,.docx,.xlsx,.csv,.txt,.log";

/** Choosing files or taking a picture, for whom they are, and how far they are. */
export function SendFiles({ family, id }: { family: Family; id: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const [internal, setInternal] = useState(false);
  const [place, setPlace] = useState(false);
  const { queue, send, dismiss } = useSending(family, id);
  const chosen = (files: File[]) => void send(files, internal, place);
  return (
    <div className={classes.send}>
      {queue.map((each) => (
        <Way key={each.key} each={each} onDismiss={() => dismiss(each.key)} />
      ))}
      <Group gap="xs">
        <FileButton
          onChange={chosen}
          accept={ACCEPTED}
          multiple
          inputProps={{ "aria-hidden": true }}
        >
          {(props) => (
            <Button
              {...props}
              size="xs"
              variant="default"
              leftSection={<Paperclip size={14} />}
              data-testid="attach"
            >
              {t("files.attach")}
            </Button>
          )}
        </FileButton>
        <FileButton
          onChange={(file) => file && chosen([file])}
          accept="image/*"
          capture="environment"
          inputProps={{ "aria-hidden": true }}
        >
          {(props) => (
            <Button
              {...props}
              size="xs"
              variant="default"
              className={classes.camera}
              leftSection={<Camera size={14} />}
            >
              {t("files.photograph")}
            </Button>
          )}
        </FileButton>
      </Group>
      {me.sees_everything ? (
        <Checkbox
          size="xs"
          label={t("files.internal")}
          checked={internal}
          onChange={(event) => setInternal(event.currentTarget.checked)}
        />
      ) : null}
      <Checkbox
        size="xs"
        label={t("files.keepPlace")}
        checked={place}
        onChange={(event) => setPlace(event.currentTarget.checked)}
      />
    </div>
  );
}

function Way({ each, onDismiss }: { each: OnItsWay; onDismiss: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.way}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <span className={classes.name}>{each.name}</span>
        {each.error ? (
          <ActionIcon aria-label={t("files.dismiss", { name: each.name })} onClick={onDismiss}>
            <X size={14} />
          </ActionIcon>
        ) : null}
      </Group>
      {each.error ? (
        <ErrorState error={each.error} small />
      ) : (
        <Progress
          value={each.share * 100}
          size="sm"
          animated={each.share === 1}
          aria-label={t("files.onItsWay", { name: each.name })}
        />
      )}
    </div>
  );
}
