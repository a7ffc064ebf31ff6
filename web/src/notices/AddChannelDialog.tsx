import { NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDialog } from "../ui/FormDialog";
import { type Channel, useAddChannel } from "./api";

const KINDS = ["address", "email", "sms"] as const;

/** A new way to be told; its address is typed once and never shown again. */
export function AddChannelDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Channel["kind"]>("address");
  const [address, setAddress] = useState("");
  const [label, setLabel] = useState("");
  const add = useAddChannel(onClose);
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("notices.add")}
      submitLabel={t("notices.add")}
      onSubmit={() => add.mutate({ kind, address, label })}
      pending={add.isPending}
      error={add.error}
      disabled={!address.trim() || !label.trim()}
      testId="add-channel"
    >
      <NativeSelect
        label={t("notices.kind")}
        value={kind}
        onChange={(event) => setKind(event.currentTarget.value as Channel["kind"])}
        data={KINDS.map((value) => ({ value, label: t(`notices.kinds.${value}`) }))}
      />
      <TextInput
        label={t("notices.label")}
        maxLength={100}
        value={label}
        onChange={(event) => setLabel(event.currentTarget.value)}
        data-autofocus
      />
      <TextInput
        label={t("notices.address")}
        description={t(`notices.addressHints.${kind}`)}
        maxLength={1000}
        autoComplete="off"
        spellCheck={false}
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
