import { ActionIcon, Badge, Button } from "@mantine/core";
import { FileText, Film, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../../app/session";
import { bytes } from "../../gateways/one/bytes";
import { FormDialog } from "../../ui/FormDialog";
import { ReasonInput } from "../../ui/ReasonInput";
import { TimeAgo } from "../../ui/TimeAgo";
import { type Paged, rowsOf } from "../../ui/usePaged";
import type { Family } from "../api";
import { contentOf, isShown, useTakeOff } from "./api";
import classes from "./files.module.css";
import type { Attachment } from "./upload";

/** Files, the newest first: a small picture or what sort it is, its name, who may see it. */
export function FileList({ family, files }: { family: Family; files: Paged<Attachment> }) {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay();
  const [leaving, setLeaving] = useState<Attachment | null>(null);
  const { rows, more } = rowsOf(files);
  return (
    <>
      <ul className={classes.files} aria-label={t("files.title")}>
        {rows?.map((file) => (
          <li key={file.id} className={classes.file}>
            <Preview file={file} />
            <div className={classes.words}>
              <a href={contentOf(file)} download={file.file_name} className={classes.name}>
                {file.file_name}
              </a>
              <span className={classes.quiet}>
                <TimeAgo at={file.created_at} /> · {bytes(file.size_bytes)}{" "}
                {file.internal ? (
                  <Badge size="xs" variant="light" color="gray">
                    {t("files.internalMark")}
                  </Badge>
                ) : null}
              </span>
            </div>
            {file.uploaded_by === me.person_id || may("administration.manage") ? (
              <ActionIcon
                aria-label={t("files.takeOff", { name: file.file_name })}
                onClick={() => setLeaving(file)}
              >
                <Trash2 size={14} />
              </ActionIcon>
            ) : null}
          </li>
        ))}
      </ul>
      {more ? (
        <Button variant="default" size="xs" onClick={more.load} loading={more.loading}>
          {t("common.loadMore")}
        </Button>
      ) : null}
      {leaving ? (
        <TakeOffDialog family={family} file={leaving} onClose={() => setLeaving(null)} />
      ) : null}
    </>
  );
}

function Preview({ file }: { file: Attachment }) {
  const { t } = useTranslation();
  if (isShown(file)) {
    return (
      <a href={contentOf(file, true)} target="_blank" rel="noreferrer" className={classes.preview}>
        <img src={contentOf(file, true)} alt={t("files.open")} loading="lazy" decoding="async" />
      </a>
    );
  }
  const Icon = file.content_type.startsWith("video/") ? Film : FileText;
  return (
    <span className={classes.preview} aria-hidden="true">
      <Icon size={22} />
    </span>
  );
}

function TakeOffDialog({
  family,
  file,
  onClose,
}: {
  family: Family;
  file: Attachment;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const takeOff = useTakeOff(family, onClose);
  return (
    <FormDialog
      opened
      danger
      onClose={onClose}
      title={t("files.takeOff", { name: file.file_name })}
      submitLabel={t("files.takeOffVerb")}
      pending={takeOff.isPending}
      error={takeOff.error}
      disabled={!reason.trim()}
      onSubmit={() => takeOff.mutate({ id: file.id, reason: reason.trim() })}
      testId="form-take-off"
    >
      <ReasonInput
        value={reason}
        onChange={setReason}
        description={t("tickets.reasonHint")}
        testId="take-off-reason"
      />
    </FormDialog>
  );
}
