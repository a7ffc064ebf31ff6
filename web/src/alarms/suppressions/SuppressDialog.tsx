import { Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { idempotencyKey } from "../../api/client";
import { ASSETS } from "../../api/sources";
import { FormDialog } from "../../ui/FormDialog";
import { MomentInput } from "../../ui/MomentInput";
import { ReasonInput } from "../../ui/ReasonInput";
import { RemoteSelect } from "../../ui/RemoteSelect";
import { useEnum } from "../../ui/useEnum";
import { parsedMinute } from "../shelving";
import { useSuppress } from "./api";
import { NEW_RULE, sentOf } from "./rule";
import { WhileFields } from "./WhileFields";

export type Planned = "maintenance" | "out_of_service" | "parent";

/** Hides alarms of a machine by design: while it is worked on, does not run, or another one is the cause. */
export function SuppressDialog({ kinds, onClose }: { kinds: Planned[]; onClose: () => void }) {
  const { t } = useTranslation();
  const word = useEnum();
  const [key] = useState(idempotencyKey);
  const [kind, setKind] = useState<Planned>(kinds[0] ?? "maintenance");
  const [asset, setAsset] = useState<string | null>(null);
  const [rule, setRule] = useState(NEW_RULE);
  const [until, setUntil] = useState("");
  const [reason, setReason] = useState("");
  const suppress = useSuppress(key, onClose);
  const end = parsedMinute(until);
  const what =
    kind === "parent"
      ? sentOf(rule)
      : asset && (kind !== "maintenance" || end)
        ? { asset_id: asset, ends_at: end?.toISOString() ?? null }
        : null;
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("suppressions.setTitle")}
      submitLabel={t("suppressions.set")}
      pending={suppress.isPending}
      error={suppress.error}
      disabled={what === null || reason.trim() === ""}
      onSubmit={() => what && suppress.mutate({ kind, ...what, reason: reason.trim() })}
      testId="form-suppress"
    >
      <Select
        label={t("suppressions.kind")}
        description={t(`suppressions.kindHints.${kind}`)}
        data={kinds.map((value) => ({ value, label: word("suppressionKind", value) }))}
        value={kind}
        allowDeselect={false}
        onChange={(value) => value && setKind(value as Planned)}
        data-testid="suppress-kind"
      />
      {kind === "parent" ? (
        <WhileFields rule={rule} onChange={setRule} />
      ) : (
        <>
          <RemoteSelect
            label={t("suppressions.hides")}
            source={ASSETS}
            value={asset}
            onChange={setAsset}
            testId="suppress-asset"
          />
          <MomentInput
            label={t(kind === "maintenance" ? "suppressions.until" : "suppressions.untilOptional")}
            value={until}
            onChange={setUntil}
            testId="suppress-until"
          />
        </>
      )}
      <ReasonInput value={reason} onChange={setReason} first={false} testId="suppress-reason" />
    </FormDialog>
  );
}
