import { expect, test } from "vitest";
import {
  choiceOf,
  type Draft,
  EMPTY,
  isComplete,
  type Offered,
  pipelineOf,
  withModel,
} from "./draft";

const component = (name: string, role: Offered["components"][number]["role"]) => ({
  name,
  role,
  text: "",
  text_zh: "",
  parameters: {},
});
const offered: Offered = {
  detectors: ["ew_chart", "river"],
  false_alarms_per_year: 1,
  parameters: {},
  components: [
    component("preprocessing.StandardScaler", "transformer"),
    component("anomaly.OneClassSVM", "features"),
    component("anomaly.GaussianScorer", "value"),
  ],
};
const draft: Draft = { ...EMPTY, target: "pump" };

test("a model of features comes with what prepares them, as far as it is on offer", () => {
  const svm = withModel(draft, offered, "anomaly.OneClassSVM");
  expect(svm.before).toEqual(["preprocessing.StandardScaler"]);
  expect(withModel(svm, offered, "anomaly.GaussianScorer").before).toEqual([]);
});

test("only what was changed is sent, the detector last", () => {
  const svm = { ...withModel(draft, offered, "anomaly.OneClassSVM"), ofModel: { nu: 0.1 } };
  expect(choiceOf(svm)).toEqual({
    applies_to: "equipment_class",
    target: "pump",
    detector: "river",
    parameters: {
      steps: [
        { name: "preprocessing.StandardScaler" },
        { name: "anomaly.OneClassSVM", parameters: { nu: 0.1 } },
      ],
    },
    false_alarms_per_year: null,
    reason: null,
  });
});

test("a rate of false alarms goes with whatever leaves whole machines to the platform's own model", () => {
  const asked = { ...withModel(draft, offered, "anomaly.OneClassSVM"), rate: 2 };
  expect(choiceOf(asked).false_alarms_per_year).toBe(2);
  const whole = { ...asked, ofWhole: { subject: "device" } };
  expect(choiceOf(whole).false_alarms_per_year).toBeNull();
  expect(choiceOf({ ...whole, detector: "ew_chart" }).false_alarms_per_year).toBe(2);
});

test("a choice for all has no target, and a detector of the platform's own no steps", () => {
  const sent = choiceOf({ ...draft, appliesTo: "all", detector: "ew_chart" });
  expect([sent.target, sent.parameters]).toEqual([null, {}]);
});

test("a choice wants its target and, of River, a model", () => {
  expect(isComplete(draft)).toBe(false);
  expect(isComplete({ ...draft, detector: "ew_chart" })).toBe(true);
  expect(isComplete({ ...draft, detector: "ew_chart", target: null })).toBe(false);
});

test("a pipeline is read from its first step to its last", () => {
  const parameters = { steps: [{ name: "a.B" }, { name: "c.D" }, null, "x"] };
  expect(pipelineOf({ detector: "river", parameters })).toBe("a.B → c.D");
  expect(pipelineOf({ detector: "ew_chart", parameters: {} })).toBe("ew_chart");
});
