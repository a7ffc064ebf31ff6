import { TextInput } from "@mantine/core";

interface Props {
  label: string;
  /** The label is said by what stands above. */
  silent?: boolean;
  /** As a date field writes it, where the reader is; see `shelving.localMinute`. */
  value: string;
  onChange: (value: string) => void;
  error?: string;
  testId?: string;
}

/** A day and a minute of it. */
export function MomentInput({ label, silent = false, value, onChange, error, testId }: Props) {
  return (
    <TextInput
      type="datetime-local"
      label={silent ? undefined : label}
      aria-label={silent ? label : undefined}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      data-testid={testId}
    />
  );
}
