import { NumberInput, Select, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { idempotencyKey } from "../api/client";
import { MODELS } from "../api/sources";
import { EQUIPMENT_CLASSES } from "../assets/classes";
import { FormDialog } from "../ui/FormDialog";
import { perYear } from "../ui/format";
import { RemoteSelect } from "../ui/RemoteSelect";
import { useEnum } from "../ui/useEnum";
import { useChoose } from "./api";
import {
  APPLIES_TO,
  type AppliesTo,
  asksRate,
  choiceOf,
  type Draft,
  EMPTY,
  isComplete,
  type Offered,
  RIVER,
} from "./draft";
import { RiverFields } from "./RiverFields";

interface Props {
  offered: Offered;
  onClose: () => void;
}

/** Chooses what judges a type of machine; the platform says what there is and how far it can be set. */
export function ChooseDialog({ offered, onClose }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [key, setKey] = useState(idempotencyKey);
  const choose = useChoose(key, onClose);
  const set = (change: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...change }));
    // Another choice is another request.
    setKey(idempotencyKey());
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("detectors.choose")}
      submitLabel={t("detectors.choose")}
      pending={choose.isPending}
      error={choose.error}
      disabled={!isComplete(draft)}
      onSubmit={() => choose.mutate(choiceOf(draft))}
      testId="form-detector"
    >
      <Select
        label={t("detectors.appliesTo")}
        data={APPLIES_TO.map((value) => ({ value, label: word("appliesTo", value) }))}
        value={draft.appliesTo}
        allowDeselect={false}
        onChange={(value) => value && set({ appliesTo: value as AppliesTo, target: null })}
        data-testid="field-applies-to"
      />
      <Target draft={draft} set={set} />
      <Select
        label={t("alarms.detector")}
        description={t("detectors.detectorHint")}
        data={offered.detectors}
        value={draft.detector}
        allowDeselect={false}
        onChange={(detector) => detector && set({ detector })}
        data-testid="field-detector"
      />
      {draft.detector === RIVER ? <RiverFields draft={draft} offered={offered} set={set} /> : null}
      {asksRate(draft) ? (
        <NumberInput
          label={`${t("calibration.field")} (${t("common.optional")})`}
          description={t("calibration.fieldHint", {
            rate: perYear(offered.false_alarms_per_year),
          })}
          min={0.01}
          max={365}
          clampBehavior="blur"
          value={draft.rate ?? ""}
          onChange={(rate) => set({ rate: typeof rate === "number" ? rate : null })}
          data-testid="field-rate"
        />
      ) : null}
      <Textarea
        label={`${t("common.reason")} (${t("common.optional")})`}
        autosize
        maxLength={200}
        value={draft.reason}
        onChange={(event) => set({ reason: event.currentTarget.value })}
        data-testid="field-reason"
      />
    </FormDialog>
  );
}

function Target({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
  const { t } = useTranslation();
  const word = useEnum();
  if (draft.appliesTo === "all") return null;
  if (draft.appliesTo === "product_model") {
    return (
      <RemoteSelect
        label={t("assets.model")}
        source={MODELS}
        value={draft.target}
        onChange={(target) => set({ target })}
      />
    );
  }
  return (
    <Select
      label={t("assets.class")}
      data={EQUIPMENT_CLASSES.map((value) => ({ value, label: word("equipmentClass", value) }))}
      value={draft.target}
      onChange={(target) => set({ target })}
      data-testid="field-class"
    />
  );
}
