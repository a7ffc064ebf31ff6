import { MultiSelect, Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLocal } from "../ui/useLocal";
import {
  type Draft,
  modelsOf,
  type Offered,
  type Parameter,
  transformersOf,
  type Values,
  withModel,
} from "./draft";
import { ParameterInput } from "./ParameterInput";

/** What a draft of a detector says of a River model. */
export type RiverDraft = Pick<Draft, "model" | "before" | "ofModel" | "ofWhole">;

interface Props {
  draft: RiverDraft;
  offered: Offered;
  set: (change: Partial<RiverDraft>) => void;
}

/** Which River model, what prepares its features, and its parameters, each held to its limits. */
export function RiverFields({ draft, offered, set }: Props) {
  const { t } = useTranslation();
  const local = useLocal();
  const model = offered.components.find(({ name }) => name === draft.model);
  return (
    <>
      <Select
        label={t("detectors.model")}
        description={model && local({ en: model.text, zh: model.text_zh })}
        data={modelsOf(offered).map(({ name }) => name)}
        value={draft.model}
        searchable
        onChange={(name) => set(withModel(draft, offered, name))}
        data-testid="field-model"
      />
      {model?.role === "features" ? (
        <MultiSelect
          label={t("detectors.before")}
          data={transformersOf(offered).map(({ name }) => name)}
          value={draft.before}
          onChange={(before) => set({ before })}
        />
      ) : null}
      <Parameters
        parameters={model?.parameters ?? {}}
        values={draft.ofModel}
        onChange={(ofModel) => set({ ofModel })}
      />
      <Parameters
        parameters={offered.parameters}
        values={draft.ofWhole}
        onChange={(ofWhole) => set({ ofWhole })}
      />
    </>
  );
}

interface ParametersProps {
  parameters: Record<string, Parameter>;
  values: Values;
  onChange: (values: Values) => void;
}

function Parameters({ parameters, values, onChange }: ParametersProps) {
  return Object.entries(parameters).map(([name, parameter]) => (
    <ParameterInput
      key={name}
      name={name}
      parameter={parameter}
      value={values[name]}
      onChange={(value) => {
        const { [name]: _, ...rest } = values;
        onChange(value === undefined ? rest : { ...rest, [name]: value });
      }}
    />
  ));
}
