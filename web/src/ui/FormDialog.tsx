import { Button, Group, Modal, Stack } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "./ActionProblem";
import { useFocusBack } from "./useFocusBack";

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  submitLabel: string;
  onSubmit: () => void;
  pending: boolean;
  error: unknown;
  /** For what cannot be undone. */
  danger?: boolean;
  disabled?: boolean;
  wide?: boolean;
  testId?: string;
  children: ReactNode;
}

/** A form in a window of its own: fields, the refusal if there is one, cancel and the named verb. */
export function FormDialog(props: Props) {
  const { opened, onClose, title, submitLabel, onSubmit, pending, error, danger, disabled, wide } =
    props;
  const { t } = useTranslation();
  useFocusBack();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    onSubmit();
  };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      size={wide ? "xl" : "md"}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form onSubmit={submit} noValidate data-testid={props.testId}>
        <Stack gap="sm">
          {props.children}
          <ActionProblem error={error} onReload={onClose} />
          <Group justify="flex-end" gap="xs" mt="xs">
            <Button variant="default" onClick={onClose}>
              {t("common.back")}
            </Button>
            <Button
              type="submit"
              loading={pending}
              disabled={disabled}
              color={danger ? "red" : undefined}
            >
              {submitLabel}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
