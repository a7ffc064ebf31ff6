import { Select, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDialog } from "../ui/FormDialog";
import { useEnum } from "../ui/useEnum";
import { AssignDialog } from "./AssignDialog";
import {
  type Action,
  type Family,
  HOLD_REASONS,
  type Move,
  type TicketDetail,
  useMove,
} from "./api";
import { ResolutionDialog } from "./ResolutionDialog";

interface Props {
  family: Family;
  detail: TicketDetail;
  action: Action;
  onClose: () => void;
}

/** Asks what an action needs to be carried out. */
export function ActionDialog(props: Props) {
  if (props.action === "assign") return <AssignDialog {...props} />;
  if (props.action === "close" || props.action === "finish") return <ResolutionDialog {...props} />;
  return <ReasonDialog {...props} />;
}

/** Putting on hold, rejecting, reopening, cancelling: each wants a reason that others will read. */
function ReasonDialog({ family, detail, action, onClose }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const [reason, setReason] = useState("");
  const [hold, setHold] = useState<NonNullable<Move["hold_reason"]>>(HOLD_REASONS[0]);
  const move = useMove(family, detail.id, detail.version, onClose);
  const holds = action === "hold";
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("tickets.actionOn", { action: word("action", action), number: detail.number })}
      submitLabel={word("action", action)}
      danger={action === "cancel"}
      pending={move.isPending}
      error={move.error}
      disabled={!reason.trim()}
      onSubmit={() =>
        move.mutate({ action, reason: reason.trim(), hold_reason: holds ? hold : undefined })
      }
      testId={`form-${action}`}
    >
      {holds ? (
        <Select
          label={t("tickets.waitingFor")}
          data={HOLD_REASONS.map((value) => ({ value, label: word("holdReason", value) }))}
          value={hold}
          onChange={(value) => value && setHold(value as typeof hold)}
          allowDeselect={false}
        />
      ) : null}
      <Textarea
        label={t("common.reason")}
        description={t("tickets.reasonHint")}
        autosize
        minRows={3}
        required
        withAsterisk={false}
        data-autofocus
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
