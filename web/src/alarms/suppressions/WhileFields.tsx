import { Autocomplete, SegmentedControl, Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ASSETS, MODELS } from "../../api/sources";
import { useMe } from "../../app/session";
import { useSeries } from "../../assets/api";
import { RemoteSelect } from "../../ui/RemoteSelect";
import { useEnum } from "../../ui/useEnum";
import { CATEGORIES } from "../api";
import type { Rule } from "./rule";

interface Props {
  rule: Rule;
  onChange: (rule: Rule) => void;
}

const ANY = "*";

/** "While X stands, suppress Y": of one machine or of every one of a model. */
export function WhileFields({ rule, onChange }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const ofModels = useMe().sees_everything;
  const parent = rule.of === "model" ? null : rule.by === "self" ? rule.asset : rule.parent;
  const set = (change: Partial<Rule>) => onChange({ ...rule, ...change });
  const categories = (any: string) => [
    { value: ANY, label: any },
    ...CATEGORIES.map((value) => ({ value, label: word("alarmCategory", value) })),
  ];
  return (
    <>
      {ofModels ? (
        <SegmentedControl
          aria-label={t("suppressions.hides")}
          value={rule.of}
          onChange={(of) => set({ of: of as Rule["of"], by: of === "model" ? "self" : rule.by })}
          data={[
            { value: "machine", label: t("suppressions.oneMachine") },
            { value: "model", label: t("suppressions.everyOfModel") },
          ]}
        />
      ) : null}
      {rule.of === "model" ? (
        <RemoteSelect
          label={t("suppressions.hides")}
          source={MODELS}
          value={rule.model}
          onChange={(model) => set({ model })}
          testId="suppress-model"
        />
      ) : (
        <RemoteSelect
          label={t("suppressions.hides")}
          source={ASSETS}
          value={rule.asset}
          onChange={(asset) => set({ asset })}
          testId="suppress-asset"
        />
      )}
      <Select
        label={t("suppressions.which")}
        data={categories(t("suppressions.everyAlarm"))}
        value={rule.category ?? ANY}
        allowDeselect={false}
        onChange={(value) => set({ category: categoryOf(value) })}
        data-testid="suppress-category"
      />
      {rule.of === "machine" ? (
        <SegmentedControl
          aria-label={t("suppressions.while")}
          value={rule.by}
          onChange={(by) => set({ by: by as Rule["by"] })}
          data={[
            { value: "other", label: t("suppressions.byOther") },
            { value: "self", label: t("suppressions.bySelf") },
          ]}
        />
      ) : null}
      {rule.of === "machine" && rule.by === "other" ? (
        <RemoteSelect
          label={t("suppressions.parent")}
          source={ASSETS}
          value={rule.parent}
          onChange={(chosen) => set({ parent: chosen })}
          testId="suppress-parent"
        />
      ) : null}
      <SeriesInput
        assetId={parent}
        label={t(rule.by === "self" ? "suppressions.whileSeries" : "suppressions.onlySeries")}
        description={t(
          rule.of === "model" ? "suppressions.seriesOfModel" : "suppressions.seriesHint",
        )}
        value={rule.series}
        onChange={(series) => set({ series })}
      />
      <Select
        label={t("suppressions.whileCategory")}
        data={categories(t("suppressions.eitherCategory"))}
        value={rule.parentCategory ?? ANY}
        allowDeselect={false}
        onChange={(value) => set({ parentCategory: categoryOf(value) })}
        data-testid="suppress-parent-category"
      />
    </>
  );
}

const categoryOf = (value: string | null) => CATEGORIES.find((each) => each === value) ?? null;

interface SeriesProps {
  /** Whose series are offered; of a product model none are known. */
  assetId: string | null;
  label: string;
  description: string;
  value: string;
  onChange: (value: string) => void;
}

function SeriesInput({ assetId, label, description, value, onChange }: SeriesProps) {
  const series = useSeries(assetId ?? "", assetId !== null);
  return (
    <Autocomplete
      label={label}
      description={description}
      maxLength={200}
      data={[...new Set((series.data ?? []).map(({ name }) => name))]}
      value={value}
      onChange={onChange}
      data-testid="suppress-series"
    />
  );
}
