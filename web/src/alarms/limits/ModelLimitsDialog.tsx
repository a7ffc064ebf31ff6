import { Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { FormDialog } from "../../ui/FormDialog";
import { useLimitsOfModel, useSetLimitsOfModel } from "./api";
import { type Draft, draftOf, KINDS, limitsOf } from "./draft";
import { LimitFields } from "./LimitFields";
import { LimitsHistory } from "./LimitsHistory";

interface Props {
  modelId: string;
  /** What is changed; null for a series that has none yet. */
  from: { series_name: string; limits: Parameters<typeof draftOf>[0] } | null;
  onClose: () => void;
}

/** Sets the limits of a series, by its name, for every machine of a model. */
export function ModelLimitsDialog({ modelId, from, onClose }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const [typed, setTyped] = useState(from?.series_name ?? "");
  const [draft, setDraft] = useState<Draft>(draftOf(from?.limits ?? []));
  const seriesName = typed.trim();
  const present = useLimitsOfModel(modelId, seriesName, seriesName !== "");
  const set = useSetLimitsOfModel(
    { modelId, seriesName, version: present.data?.version ?? 0 },
    onClose,
  );
  // What is set already is changed where it is listed, not written over from here.
  const taken = from === null && (present.data?.limits.length ?? 0) > 0;
  return (
    <FormDialog
      opened
      wide
      onClose={onClose}
      title={from ? t("limits.editTitle", { series: from.series_name }) : t("limits.newOfModel")}
      submitLabel={t("limits.edit")}
      pending={set.isPending}
      error={set.error}
      disabled={!present.data || taken || (from === null && limitsOf(draft).length === 0)}
      onSubmit={() => set.mutate({ limits: limitsOf(draft) })}
      testId="form-model-limits"
    >
      <Text size="xs" c="dimmed">
        {t("limits.forModelHint")}
      </Text>
      {from ? null : (
        <TextInput
          label={t("alarms.series")}
          description={t("limits.seriesNameHint")}
          error={taken ? t("limits.taken") : undefined}
          maxLength={200}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-testid="model-limits-series"
        />
      )}
      {KINDS.map((kind) => (
        <LimitFields key={kind} kind={kind} unit="" draft={draft} onChange={setDraft} />
      ))}
      {from && may("audit.read") ? (
        <LimitsHistory kind="product_model" id={modelId} series={from.series_name} />
      ) : null}
    </FormDialog>
  );
}
