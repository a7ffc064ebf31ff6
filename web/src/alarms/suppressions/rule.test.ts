import { expect, test } from "vitest";
import { NEW_RULE, sentOf } from "./rule";

test("a rule of a machine waits for another one, and for a series of it if one is named", () => {
  const rule = { ...NEW_RULE, asset: "ast_1", parent: "ast_2" };
  const sent = { asset_id: "ast_1", parent_asset_id: "ast_2", product_model_id: null };
  expect(sentOf(rule)).toMatchObject({ ...sent, parent_series: null });
  expect(sentOf({ ...rule, series: " power " })).toMatchObject({ ...sent, parent_series: "power" });
});

test("one that waits for the same machine, or is a model's, must name a series", () => {
  const self = { ...NEW_RULE, asset: "ast_1", by: "self" as const, parent: "ast_2" };
  expect(sentOf(self)).toBeNull();
  expect(sentOf({ ...self, series: "power" })).toMatchObject({ parent_asset_id: null });
  const model = { ...NEW_RULE, of: "model" as const, model: "pm_1", parent: "ast_2" };
  expect(sentOf(model)).toBeNull();
  expect(sentOf({ ...model, series: "power" })).toMatchObject({
    asset_id: null,
    product_model_id: "pm_1",
    parent_asset_id: null,
  });
});

test("nothing is sent without a place", () => {
  expect(sentOf(NEW_RULE)).toBeNull();
  expect(sentOf({ ...NEW_RULE, parent: "ast_2" })).toBeNull();
});
