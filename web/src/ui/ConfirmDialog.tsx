import { Text } from "@mantine/core";
import { FormDialog } from "./FormDialog";

interface Props {
  opened: boolean;
  onClose: () => void;
  /** Names the object. */
  title: string;
  text: string;
  confirmLabel: string;
  onConfirm: () => void;
  pending: boolean;
  error: unknown;
  danger?: boolean;
}

/** Asks before what cannot be undone with one step, naming what it is about. */
export function ConfirmDialog(props: Props) {
  return (
    <FormDialog
      opened={props.opened}
      onClose={props.onClose}
      title={props.title}
      submitLabel={props.confirmLabel}
      onSubmit={props.onConfirm}
      pending={props.pending}
      error={props.error}
      danger={props.danger}
    >
      <Text size="sm">{props.text}</Text>
    </FormDialog>
  );
}
