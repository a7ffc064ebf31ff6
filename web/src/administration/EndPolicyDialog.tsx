import { Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDialog } from "../ui/FormDialog";
import { today } from "../ui/format";
import { type Policy, useEndPolicy } from "./policies";

/** Says from which day on a policy covers no new warranties. */
export function EndPolicyDialog({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const [on, setOn] = useState(today());
  const end = useEndPolicy(policy, onClose);
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("policies.endTitle", {
        name: i18n.language === "zh" ? policy.name_zh : policy.name_en,
      })}
      submitLabel={t("policies.end")}
      onSubmit={() => end.mutate(on)}
      pending={end.isPending}
      error={end.error}
      disabled={!on}
    >
      <Text size="sm">{t("policies.endText")}</Text>
      <TextInput
        type="date"
        label={t("policies.to")}
        value={on}
        onChange={(event) => setOn(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
