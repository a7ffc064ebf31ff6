// A rule "while X stands, suppress Y", as a form has it and as the API takes it.
import type { Schemas } from "../../api/client";

type Category = Schemas["SuppressionIn"]["category"];

export interface Rule {
  of: "machine" | "model";
  asset: string | null;
  model: string | null;
  /** What is hidden; null for everything. */
  category: Category;
  /** What it waits for: another machine, or a series of the same one. */
  by: "other" | "self";
  parent: string | null;
  /** Empty for any series, which only another machine may be. */
  series: string;
  parentCategory: Category;
}

export const NEW_RULE: Rule = {
  of: "machine",
  asset: null,
  model: null,
  category: null,
  by: "other",
  parent: null,
  series: "",
  parentCategory: null,
};

/** What is sent of it; null while something is missing. */
export function sentOf(rule: Rule): Partial<Schemas["SuppressionIn"]> | null {
  const series = rule.series.trim();
  const place = rule.of === "model" ? rule.model : rule.asset;
  const waits = rule.of === "machine" && rule.by === "other" ? rule.parent : series;
  if (!place || !waits) return null;
  return {
    asset_id: rule.of === "machine" ? place : null,
    product_model_id: rule.of === "model" ? place : null,
    category: rule.category,
    parent_asset_id: rule.of === "machine" && rule.by === "other" ? rule.parent : null,
    parent_series: series || null,
    parent_category: rule.parentCategory,
  };
}
