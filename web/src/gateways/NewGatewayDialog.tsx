import { Button, CopyButton, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { sitesOf } from "../api/sources";
import type { Field } from "../ui/record/fields";
import { RecordDialog } from "../ui/record/RecordDialog";
import { useFocusBack } from "../ui/useFocusBack";
import { useCreateGateway } from "./api";

/** Adds a gateway; its key is shown once, to be written into its configuration. */
export function NewGatewayDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<Schemas["GatewayCreated"] | null>(null);
  const create = useCreateGateway(setMade);
  const fields: Field[] = [
    { name: "name", label: t("common.name"), form: "text", required: true },
    {
      name: "site_id",
      label: t("common.site"),
      form: "remote",
      required: true,
      source: () => sitesOf(null),
    },
  ];
  useFocusBack();
  if (!made) {
    return (
      <RecordDialog
        title={t("gateways.new")}
        fields={fields}
        record={null}
        save={create}
        onClose={onClose}
      />
    );
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("gateways.keyTitle")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Stack gap="sm" data-testid="gateway-key">
        <Text size="sm">{t("gateways.keyHint")}</Text>
        <code>{made.id}</code>
        <code style={{ overflowWrap: "anywhere" }}>{made.key}</code>
        <CopyButton value={made.key}>
          {({ copied, copy }) => (
            <Button onClick={copy}>{copied ? t("common.copied") : t("administration.copy")}</Button>
          )}
        </CopyButton>
      </Stack>
    </Modal>
  );
}
