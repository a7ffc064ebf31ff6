import { Button, Group, Stack, Textarea } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { ActionProblem } from "./ActionProblem";

interface Props {
  label: string;
  placeholder: string;
  submitLabel: string;
  text: string;
  onText: (text: string) => void;
  onSend: (text: string) => void;
  pending: boolean;
  error: unknown;
  maxLength: number;
  testId?: string;
  /** Stands beside the button. */
  children?: ReactNode;
}

/** A place to say something, and to send it. */
export function CommentForm(props: Props) {
  const text = props.text.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text) props.onSend(text);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Textarea
          aria-label={props.label}
          placeholder={props.placeholder}
          autosize
          minRows={2}
          maxRows={10}
          maxLength={props.maxLength}
          value={props.text}
          onChange={(event) => props.onText(event.currentTarget.value)}
          data-testid={props.testId}
        />
        <ActionProblem error={props.error} />
        <Group justify={props.children ? "space-between" : "flex-end"}>
          {props.children}
          <Button
            type="submit"
            variant="default"
            size="xs"
            loading={props.pending}
            disabled={!text}
          >
            {props.submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
