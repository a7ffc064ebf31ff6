import { Button } from "@mantine/core";
import type { useDisclosure } from "@mantine/hooks";
import { ConfirmDialog } from "./ConfirmDialog";

interface Props {
  /** Whether it is asked; whoever owns the action closes it once that is done. */
  asking: ReturnType<typeof useDisclosure>;
  label: string;
  /** Names the object. */
  title: string;
  text: string;
  action: { mutate: (input: undefined) => void; isPending: boolean; error: unknown };
  /** One of many in a list. */
  quiet?: boolean;
  testId?: string;
}

/** A button for what cannot be undone: asks first, naming what it is about. */
export function AskedButton({ asking, label, title, text, action, quiet, testId }: Props) {
  const [opened, { open, close }] = asking;
  const look = quiet
    ? ({ size: "compact-xs", variant: "subtle", color: "gray" } as const)
    : ({ color: "red", variant: "outline" } as const);
  return (
    <>
      <Button
        {...look}
        onClick={(event) => {
          event.stopPropagation();
          open();
        }}
        data-testid={testId}
      >
        {label}
      </Button>
      {opened ? (
        <ConfirmDialog
          opened
          onClose={close}
          title={title}
          text={text}
          confirmLabel={label}
          danger
          onConfirm={() => action.mutate(undefined)}
          pending={action.isPending}
          error={action.error}
        />
      ) : null}
    </>
  );
}
