// A choice of detector while somebody fills in its form, and what is sent of it.
import type { Schemas } from "../api/client";

export type Offered = Schemas["OfferedView"];
export type Component = Schemas["ComponentView"];
export type Parameter = Schemas["ParameterView"];
export type AppliesTo = Schemas["ChoiceCreate"]["applies_to"];
export type Values = Record<string, unknown>;

export const RIVER = "river";
export const APPLIES_TO: AppliesTo[] = ["all", "equipment_class", "product_model"];

export interface Draft {
  appliesTo: AppliesTo;
  target: string | null;
  detector: string;
  /** The last step of a River model. */
  model: string | null;
  /** What prepares its features, in order. */
  before: string[];
  /** Parameters of the last step that were changed. */
  ofModel: Values;
  /** Parameters of the whole that were changed. */
  ofWhole: Values;
  /** False alarms a year of judging a machine as a whole; null leaves them to the settings. */
  rate: number | null;
  reason: string;
}

export const EMPTY: Draft = {
  appliesTo: "equipment_class",
  target: null,
  detector: RIVER,
  model: null,
  before: [],
  ofModel: {},
  ofWhole: {},
  rate: null,
  reason: "",
};

/** Models to choose from: whatever can be the last step. */
export const modelsOf = (offered: Offered): Component[] =>
  offered.components.filter(
    ({ role }) => !["transformer", "forecaster", "statistic"].includes(role),
  );

export const transformersOf = (offered: Offered): Component[] =>
  offered.components.filter(({ role }) => role === "transformer");

// What trees, the SVM and their like need to see features in one scale.
const PREPARED: Record<string, string[]> = {
  "anomaly.HalfSpaceTrees": ["preprocessing.StandardScaler", "forewarn.UnitInterval"],
  "anomaly.OneClassSVM": ["preprocessing.StandardScaler", "feature_extraction.RBFSampler"],
};

/** Takes a model with the preparation that suits it, as far as it is on offer. */
export function withModel<Kept extends object>(
  draft: Kept,
  offered: Offered,
  name: string | null,
): Kept & Pick<Draft, "model" | "ofModel" | "before"> {
  const model = offered.components.find((each) => each.name === name);
  const known = new Set(offered.components.map((each) => each.name));
  const wanted =
    model?.role === "features" ? (PREPARED[model.name] ?? ["preprocessing.StandardScaler"]) : [];
  return { ...draft, model: name, ofModel: {}, before: wanted.filter((each) => known.has(each)) };
}

/** Whether the platform's own model judges machines as a whole: a River model of machines has its own limit. */
export const asksRate = (draft: Draft): boolean =>
  draft.detector !== RIVER || draft.ofWhole.subject !== "device";

/** The parameters of a River model: its steps, the model last, and those of the whole. */
export function riverOf(draft: Pick<Draft, "model" | "before" | "ofModel" | "ofWhole">): Values {
  return {
    ...draft.ofWhole,
    steps: [
      ...draft.before.map((name) => ({ name })),
      { name: draft.model, parameters: draft.ofModel },
    ],
  };
}

/** What is sent; parameters that nobody changed are left to the platform. */
export function choiceOf(draft: Draft): Schemas["ChoiceCreate"] {
  return {
    applies_to: draft.appliesTo,
    target: draft.appliesTo === "all" ? null : draft.target,
    detector: draft.detector,
    parameters: draft.detector === RIVER ? riverOf(draft) : {},
    false_alarms_per_year: asksRate(draft) ? draft.rate : null,
    reason: draft.reason.trim() || null,
  };
}

export function isComplete(draft: Draft): boolean {
  const placed = draft.appliesTo === "all" || Boolean(draft.target);
  return placed && (draft.detector !== RIVER || draft.model !== null);
}

/** The steps of a River choice as people read them; the detector itself otherwise. */
export function pipelineOf(choice: Pick<Schemas["ChoiceView"], "detector" | "parameters">): string {
  const { steps } = choice.parameters;
  if (choice.detector !== RIVER || !Array.isArray(steps)) return choice.detector;
  return steps
    .map((step: unknown) => (step as { name?: unknown } | null)?.name)
    .filter((name): name is string => typeof name === "string")
    .join(" → ");
}
