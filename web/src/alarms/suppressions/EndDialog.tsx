import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { useEnum } from "../../ui/useEnum";
import { type Suppression, useEndSuppression } from "./api";

/** Asks before alarms are told again. */
export function EndDialog({ row, onClose }: { row: Suppression; onClose: () => void }) {
  const { t } = useTranslation();
  const word = useEnum();
  const end = useEndSuppression(onClose);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t("suppressions.endTitle", { kind: word("suppressionKind", row.kind) })}
      text={t("suppressions.endText")}
      confirmLabel={t("suppressions.end")}
      onConfirm={() => end.mutate(row.id)}
      pending={end.isPending}
      error={end.error}
    />
  );
}
