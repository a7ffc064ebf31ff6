// A backtest while somebody fills in its form, and what is sent of it.
import type { Schemas } from "../../api/client";
import { localDay } from "../../ui/format";
import { type Draft as ChoiceDraft, RIVER, riverOf } from "../draft";

export type Backtest = Schemas["BacktestView"];
export type Target = Backtest["applies_to"];

export const TARGETS: Target[] = ["assets", "equipment_class", "product_model"];

/** The detector of the settings, which has no name of its own in the form. */
export const SHIPPED = "";

export interface Draft extends Pick<ChoiceDraft, "model" | "before" | "ofModel" | "ofWhole"> {
  appliesTo: Target;
  target: string | null;
  assets: string[];
  /** First and last day, as the reader's calendar has them. */
  from: string;
  to: string;
  detector: string;
}

const DAY = 86_400_000;
export const SPAN_DAYS = { month: 30, quarter: 91, year: 365 } as const;
export type SpanName = keyof typeof SPAN_DAYS;

/** The days of a stretch that ends today. */
export function lastDays(name: SpanName, now: Date): Pick<Draft, "from" | "to"> {
  return { from: localDay(new Date(now.getTime() - SPAN_DAYS[name] * DAY)), to: localDay(now) };
}

export function emptyDraft(now: Date, asset?: string): Draft {
  return {
    appliesTo: "assets",
    target: null,
    assets: asset ? [asset] : [],
    ...lastDays("year", now),
    detector: SHIPPED,
    model: null,
    before: [],
    ofModel: {},
    ofWhole: {},
  };
}

const midnight = (day: string): number => new Date(`${day}T00:00:00`).getTime();

/** The span of a draft in ms: whole days, up to now; null while it is none. */
export function spanOf(draft: Draft, now: Date): { from: number; to: number } | null {
  const from = midnight(draft.from);
  const next = new Date(midnight(draft.to));
  next.setDate(next.getDate() + 1);
  const to = Math.min(next.getTime(), now.getTime());
  return Number.isFinite(from) && Number.isFinite(to) && from < to ? { from, to } : null;
}

export function isComplete(draft: Draft, now: Date): boolean {
  const placed = draft.appliesTo === "assets" ? draft.assets.length > 0 : Boolean(draft.target);
  return (
    placed && spanOf(draft, now) !== null && (draft.detector !== RIVER || draft.model !== null)
  );
}

/** What is sent; null while something is missing. */
export function bodyOf(draft: Draft, now: Date): Schemas["BacktestCreate"] | null {
  const span = spanOf(draft, now);
  if (span === null || !isComplete(draft, now)) return null;
  const named = draft.appliesTo === "assets";
  return {
    applies_to: draft.appliesTo,
    target: named ? null : draft.target,
    asset_ids: named ? draft.assets : [],
    begins_at: new Date(span.from).toISOString(),
    ends_at: new Date(span.to).toISOString(),
    detector: draft.detector === SHIPPED ? null : draft.detector,
    parameters: draft.detector === RIVER ? riverOf(draft) : {},
  };
}

/** The same backtest once more. */
export function sameAgain(backtest: Backtest): Schemas["BacktestCreate"] {
  return {
    applies_to: backtest.applies_to,
    target: backtest.target,
    asset_ids:
      backtest.applies_to === "assets" ? backtest.assets.map(({ asset_id }) => asset_id) : [],
    begins_at: backtest.begins_at,
    ends_at: backtest.ends_at,
    detector: backtest.detector,
    parameters: backtest.parameters,
  };
}

export const isUnderWay = ({ state }: Pick<Backtest, "state">): boolean =>
  state === "queued" || state === "running";

/** Seconds that are left, as far as the pace so far tells; null before there is one. */
export function secondsLeft(backtest: Pick<Backtest, "progress" | "started_at">, now: Date) {
  if (!backtest.started_at || backtest.progress < 0.005) return null;
  const passed = (now.getTime() - new Date(backtest.started_at).getTime()) / 1000;
  return (passed / backtest.progress) * (1 - backtest.progress);
}
