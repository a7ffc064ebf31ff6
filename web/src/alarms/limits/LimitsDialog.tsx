import { SegmentedControl, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay, useMe } from "../../app/session";
import { FormDialog } from "../../ui/FormDialog";
import { type SeriesLimits, useLimitsOfModel, useSetLimits, useSetLimitsOfModel } from "./api";
import { type Draft, draftOf, KINDS, limitsOf } from "./draft";
import { LimitFields } from "./LimitFields";
import { LimitsHistory } from "./LimitsHistory";
import { RecentValues } from "./RecentValues";

interface Props {
  series: SeriesLimits;
  model: { id: string; code: string };
  onClose: () => void;
}

type Whose = "series" | "product_model";

/** Sets the limits of a series: of this machine alone, or of every machine of its model. */
export function LimitsDialog({ series, model, onClose }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const mayModel = useMe().sees_everything;
  const [whose, setWhose] = useState<Whose>(
    series.applies === "product_model" && mayModel ? "product_model" : "series",
  );
  const [drafts, setDrafts] = useState<Record<Whose, Draft>>({
    series: draftOf(series.limits),
    product_model: draftOf(series.of_model),
  });
  const ofModel = useLimitsOfModel(model.id, series.name, mayModel);
  const own = useSetLimits(series, onClose);
  const shared = useSetLimitsOfModel(
    { modelId: model.id, seriesName: series.name, version: ofModel.data?.version ?? 0 },
    onClose,
  );
  const draft = drafts[whose];
  const action = whose === "series" ? own : shared;
  return (
    <FormDialog
      opened
      wide
      onClose={onClose}
      title={t("limits.editTitle", { series: series.name })}
      submitLabel={t("limits.edit")}
      pending={action.isPending}
      error={action.error}
      disabled={whose === "product_model" && !ofModel.data}
      onSubmit={() => action.mutate({ limits: limitsOf(draft) })}
      testId="form-limits"
    >
      {mayModel ? (
        <SegmentedControl
          aria-label={t("limits.for")}
          value={whose}
          onChange={(value) => setWhose(value as Whose)}
          data={[
            { value: "series", label: t("limits.forMachine") },
            { value: "product_model", label: t("limits.forModel", { model: model.code }) },
          ]}
        />
      ) : null}
      <Text size="xs" c="dimmed">
        {t(whose === "series" ? "limits.forMachineHint" : "limits.forModelHint")}
      </Text>
      <RecentValues seriesId={series.series_id} draft={draft} />
      {KINDS.map((kind) => (
        <LimitFields
          key={kind}
          kind={kind}
          unit={series.unit}
          draft={draft}
          onChange={(changed) => setDrafts({ ...drafts, [whose]: changed })}
        />
      ))}
      {may("audit.read") ? (
        <LimitsHistory
          key={whose}
          kind={whose}
          id={whose === "series" ? String(series.series_id) : model.id}
          series={series.name}
        />
      ) : null}
    </FormDialog>
  );
}
