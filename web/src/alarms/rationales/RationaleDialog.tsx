import { NumberInput, Select, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EQUIPMENT_CLASSES } from "../../assets/classes";
import { FormDialog } from "../../ui/FormDialog";
import { useEnum } from "../../ui/useEnum";
import { type Rationale, useWriteRationale } from "./api";

interface Props {
  /** What is changed; or taken as a beginning where it is as shipped, or for another class. */
  from: Rationale;
  all: Rationale[];
  onClose: () => void;
}

const EVERY = "*";
const SEVERITIES = ["critical", "high", "medium", "low"] as const;

/** Writes what an alarm means on every class of machine or on one, in both languages. */
export function RationaleDialog({ from, all, onClose }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const [mode, setMode] = useState(from.failure_mode);
  const [on, setOn] = useState(from.equipment_class);
  const [cause, setCause] = useState(from.cause);
  const [priority, setPriority] = useState(from.priority);
  const [consequence, setConsequence] = useState(from.consequence);
  const [response, setResponse] = useState(from.response);
  const [minutes, setMinutes] = useState<number | "">(from.respond_within_min);
  const write = useWriteRationale(onClose);
  const modes = [...new Set(all.map((each) => each.failure_mode))];
  // Somebody may have written one for that class already: it is that one which is changed.
  const known = all.find((each) => each.failure_mode === mode && each.equipment_class === on);
  const complete = [cause, consequence, response].every(({ en, zh }) => en.trim() && zh.trim());
  const texts = (
    label: string,
    value: Rationale["response"],
    set: (value: Rationale["response"]) => void,
    testId: string,
  ) =>
    (["en", "zh"] as const).map((language) => (
      <Textarea
        key={language}
        label={`${label} · ${t(language === "en" ? "rationales.inEnglish" : "rationales.inChinese")}`}
        autosize
        minRows={2}
        maxLength={2000}
        value={value[language]}
        onChange={(event) => set({ ...value, [language]: event.currentTarget.value })}
        data-testid={`${testId}-${language}`}
      />
    ));
  return (
    <FormDialog
      opened
      wide
      onClose={onClose}
      title={t("rationales.writeTitle")}
      submitLabel={t("common.save")}
      pending={write.isPending}
      error={write.error}
      disabled={!complete || minutes === ""}
      onSubmit={() =>
        minutes !== "" &&
        write.mutate({
          failureMode: mode,
          version: known?.version ?? 0,
          body: {
            equipment_class: on,
            cause,
            consequence,
            response,
            respond_within_min: minutes,
            priority,
          },
        })
      }
      testId="form-rationale"
    >
      <Select
        label={t("rationales.alarmType")}
        data={modes.map((value) => ({ value, label: word("failureMode", value) }))}
        value={mode}
        allowDeselect={false}
        onChange={(value) => value && setMode(value)}
      />
      <Select
        label={t("rationales.appliesTo")}
        data={[
          { value: EVERY, label: t("rationales.everyClass") },
          ...EQUIPMENT_CLASSES.map((value) => ({ value, label: word("equipmentClass", value) })),
        ]}
        value={on || EVERY}
        allowDeselect={false}
        onChange={(value) => value && setOn(value === EVERY ? "" : value)}
        data-testid="rationale-class"
      />
      <Select
        label={t("rationales.priority")}
        description={t("rationales.priorityHint")}
        data={[
          { value: EVERY, label: t("rationales.byScore") },
          ...SEVERITIES.map((value) => ({ value, label: word("severity", value) })),
        ]}
        value={priority ?? EVERY}
        allowDeselect={false}
        onChange={(value) => setPriority(SEVERITIES.find((each) => each === value) ?? null)}
        data-testid="rationale-priority"
      />
      {texts(t("rationales.cause"), cause, setCause, "cause")}
      {texts(t("rationales.consequence"), consequence, setConsequence, "consequence")}
      {texts(t("rationales.response"), response, setResponse, "response")}
      <NumberInput
        label={t("rationales.minutes")}
        min={1}
        max={525_600}
        allowDecimal={false}
        clampBehavior="blur"
        value={minutes}
        onChange={(value) => setMinutes(typeof value === "number" ? value : "")}
        data-testid="rationale-minutes"
      />
    </FormDialog>
  );
}
