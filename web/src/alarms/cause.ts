// What an alarm says was broken: written by the platform as JSON, read here with care.

export interface Cause {
  seriesId: number | null;
  seriesName: string;
  unit: string;
  record: string;
  /** Low and high end of what was expected. */
  expected: [number, number] | null;
  seen: number | null;
  /** What its machine was doing when it began, if that is known. */
  mode: string | null;
  /** Which of the series' own records was broken; null where none was, and in alarms of before that was kept. */
  feature: string | null;
}

const number = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Reads a cause; whatever is missing or of another form is left out. */
export function readCause(raw: unknown): Cause {
  const cause = (typeof raw === "object" && raw !== null ? raw : {}) as Record<string, unknown>;
  const expected = Array.isArray(cause.expected) ? cause.expected.map(number) : [];
  const [low, high] = expected;
  const single = number(cause.expected);
  return {
    seriesId: number(cause.series_id),
    seriesName: text(cause.series_name),
    unit: text(cause.unit),
    record: text(cause.record),
    expected:
      typeof low === "number" && typeof high === "number"
        ? [low, high]
        : single === null
          ? null
          : [single, single],
    seen: number(cause.seen),
    mode: text(cause.mode) || null,
    feature: text(cause.feature) || null,
  };
}
