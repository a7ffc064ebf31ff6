import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { Check, Copy } from "lucide-react";
import { useTranslation } from "react-i18next";
import { shortId } from "./format";
import classes from "./small.module.css";

/** A long id cut to what tells rows apart, whole on hover and by copying. */
export function ShortId({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <span className={classes.shortId}>
      <Tooltip label={id}>
        <code>{shortId(id)}</code>
      </Tooltip>
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <ActionIcon size="xs" aria-label={t("common.copyId", { id })} onClick={copy}>
            {copied ? <Check size={12} /> : <Copy size={12} />}
          </ActionIcon>
        )}
      </CopyButton>
    </span>
  );
}
