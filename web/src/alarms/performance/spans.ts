// The stretches of time that the performance of alarms is looked at in.
const HOUR = 3_600_000;

export const STRETCHES = {
  "24h": 24 * HOUR,
  "7d": 168 * HOUR,
  "30d": 720 * HOUR,
  "90d": 2_160 * HOUR,
} as const;
export type Stretch = keyof typeof STRETCHES;

export function isStretch(value: string | undefined): value is Stretch {
  return value !== undefined && Object.hasOwn(STRETCHES, value);
}

/** One bar: what was told in a step of time, and in its worst ten minutes. */
export interface Bar {
  at: number;
  told: number;
  most: number;
}

/** Bars for every step of a span in order; those without alarms are not told by the API and are zero. */
export function barsOf(
  steps: { at: string; told: number; most: number }[],
  span: { from: number; to: number },
  stepSeconds: number,
): Bar[] {
  const width = stepSeconds * 1000;
  const known = new Map(steps.map((step) => [Math.floor(Date.parse(step.at) / width), step]));
  const bars: Bar[] = [];
  for (let index = Math.floor(span.from / width); index * width < span.to; index += 1) {
    const { told = 0, most = 0 } = known.get(index) ?? {};
    bars.push({ at: index * width, told, most });
  }
  return bars;
}
