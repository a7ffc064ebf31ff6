import { Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  value: string;
  onChange: (value: string) => void;
  /** What the reason is for. */
  description?: string;
  placeholder?: string;
  /** Where writing begins when the dialog opens. */
  first?: boolean;
  testId: string;
}

/** Why somebody does something, in a few words that others will read. */
export function ReasonInput({ value, onChange, first = true, testId, ...words }: Props) {
  const { t } = useTranslation();
  return (
    <Textarea
      label={t("common.reason")}
      {...words}
      autosize
      minRows={2}
      maxLength={2000}
      required
      withAsterisk={false}
      data-autofocus={first || undefined}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data-testid={testId}
    />
  );
}
