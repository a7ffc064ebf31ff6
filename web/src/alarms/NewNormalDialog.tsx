import { Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ask, http } from "../api/client";
import { useAction } from "../api/useAction";
import { FormDialog } from "../ui/FormDialog";
import { ReasonInput } from "../ui/ReasonInput";

interface Props {
  alarmId: string;
  onClose: () => void;
}

/** Says that a machine is like this from now on: what was learnt of the deviating series is learnt anew. */
export function NewNormalDialog({ alarmId, onClose }: Props) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const tell = useAction({
    run: () =>
      ask(
        http.POST("/api/v1/alarms/{alarm_id}/new-normal", {
          params: { path: { alarm_id: alarmId } },
          body: { reason: reason.trim() },
        }),
      ),
    touches: [["alarms"], ["expected"]],
    done: () => t("alarms.newNormalDone"),
    after: onClose,
  });
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("alarms.newNormalTitle")}
      submitLabel={t("alarms.newNormal")}
      pending={tell.isPending}
      error={tell.error}
      disabled={!reason.trim()}
      onSubmit={() => tell.mutate()}
      testId="form-new-normal"
    >
      <Text size="sm">{t("alarms.newNormalText")}</Text>
      <ReasonInput
        placeholder={t("alarms.newNormalHint")}
        value={reason}
        onChange={setReason}
        testId="new-normal-reason"
      />
    </FormDialog>
  );
}
