import { useState } from "react";
import { useTranslation } from "react-i18next";
import { idempotencyKey } from "../../api/client";
import { FormDialog } from "../../ui/FormDialog";
import { MomentInput } from "../../ui/MomentInput";
import { ReasonInput } from "../../ui/ReasonInput";
import { localMinute, parsedMinute } from "../shelving";
import { useSuppress } from "./api";

interface Props {
  assetId: string;
  /** Of the machine. */
  name: string;
  onClose: () => void;
}

const HOUR = 3_600_000;

/** A span in which a machine is worked on: its alarms are kept, and nobody is told of them. */
export function MaintenanceDialog({ assetId, name, onClose }: Props) {
  const { t } = useTranslation();
  const [from, setFrom] = useState(() => localMinute(new Date()));
  const [until, setUntil] = useState(() => localMinute(new Date(Date.now() + 4 * HOUR)));
  const [reason, setReason] = useState("");
  const [key] = useState(idempotencyKey);
  const suppress = useSuppress(key, onClose);
  const [start, end] = [parsedMinute(from), parsedMinute(until)];
  const wrong = start !== null && end !== null && end <= start;
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("suppressions.planTitle", { name })}
      submitLabel={t("suppressions.plan")}
      pending={suppress.isPending}
      error={suppress.error}
      disabled={!reason.trim() || start === null || end === null || wrong}
      onSubmit={() =>
        start &&
        end &&
        suppress.mutate({
          kind: "maintenance",
          asset_id: assetId,
          starts_at: start.toISOString(),
          ends_at: end.toISOString(),
          reason: reason.trim(),
        })
      }
      testId="form-maintenance"
    >
      <MomentInput label={t("suppressions.from")} value={from} onChange={setFrom} />
      <MomentInput
        label={t("suppressions.until")}
        value={until}
        error={wrong ? t("suppressions.untilBefore") : undefined}
        onChange={setUntil}
      />
      <ReasonInput
        description={t("suppressions.hint")}
        value={reason}
        onChange={setReason}
        testId="maintenance-reason"
      />
    </FormDialog>
  );
}
