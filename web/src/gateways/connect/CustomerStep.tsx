import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ORGANISATIONS } from "../../api/sources";
import { useMay, useMe } from "../../app/session";
import { useCreateCustomer } from "./api";
import { ChooseOrMake } from "./ChooseOrMake";

/** Whose machines they are. */
export function CustomerStep({ onDone }: { onDone: (organisationId: string) => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay()("administration.manage");
  const [name, setName] = useState("");
  const create = useCreateCustomer((made) => onDone(made.id));
  return (
    <ChooseOrMake
      title={t("connect.steps.customer")}
      hint={t("connect.customerHint")}
      label={t("common.customer")}
      source={ORGANISATIONS}
      mayMake={may}
      newLabel={t("connect.newCustomer")}
      fields={
        <TextInput
          label={t("common.name")}
          autoFocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="connect-name"
        />
      }
      complete={name.trim() !== ""}
      make={() =>
        create.mutate({
          kind: "customer",
          name: name.trim(),
          parent_id: me.organisation.id,
          tier: "standard",
        })
      }
      pending={create.isPending}
      error={create.error}
      onDone={onDone}
    />
  );
}
