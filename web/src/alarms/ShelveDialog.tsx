import { Radio, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDialog } from "../ui/FormDialog";
import { duration } from "../ui/format";
import { MomentInput } from "../ui/MomentInput";
import { ReasonInput } from "../ui/ReasonInput";
import { endOf, LENGTHS, localMinute, parsedMinute } from "./shelving";

interface Props {
  /** Names what is shelved. */
  name: string;
  onClose: () => void;
  onShelve: (until: string, reason: string) => void;
  pending: boolean;
  error: unknown;
}

/** Asks for how long and why; nobody is told of what is shelved until then. */
export function ShelveDialog({ name, onClose, onShelve, pending, error }: Props) {
  const { t } = useTranslation();
  const [length, setLength] = useState<string>("3600");
  const [moment, setMoment] = useState(() => localMinute(new Date(Date.now() + 4 * 3_600_000)));
  const [reason, setReason] = useState("");
  const until = length === "moment" ? parsedMinute(moment) : endOf(Number(length), new Date());
  const wrong = length === "moment" && (until === null || until <= new Date());
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("alarms.shelveTitle", { name })}
      submitLabel={t("alarms.shelve")}
      pending={pending}
      error={error}
      disabled={!reason.trim() || until === null || wrong}
      onSubmit={() => until && onShelve(until.toISOString(), reason.trim())}
      testId="form-shelve"
    >
      <Radio.Group label={t("alarms.shelveFor")} value={length} onChange={setLength}>
        <Stack gap={6} mt={6}>
          {LENGTHS.map((seconds) => (
            <Radio key={seconds} value={String(seconds)} label={duration(seconds)} />
          ))}
          <Radio value="moment" label={t("alarms.shelveUntil")} />
        </Stack>
      </Radio.Group>
      {length === "moment" ? (
        <MomentInput
          label={t("alarms.shelveUntil")}
          silent
          value={moment}
          error={wrong ? t("alarms.untilPast") : undefined}
          onChange={setMoment}
        />
      ) : null}
      <ReasonInput
        description={t("alarms.shelveHint")}
        value={reason}
        onChange={setReason}
        testId="shelve-reason"
      />
    </FormDialog>
  );
}
