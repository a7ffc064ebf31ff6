// Ticks as people write them: hours within a day, dates beyond.
import { currentLanguage } from "../i18n";
import { quantity } from "../ui/format";

const tag = () => (currentLanguage() === "zh" ? "zh-CN" : "en-GB");

export function timeTicks(splitsSeconds: number[]): string[] {
  const first = splitsSeconds[0] ?? 0;
  const step = (splitsSeconds[1] ?? first) - first;
  const clock = new Intl.DateTimeFormat(tag(), {
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
    ...(step < 60 ? { second: "2-digit" as const } : {}),
  });
  const day = new Intl.DateTimeFormat(tag(), { month: "short", day: "numeric" });
  let shown = "";
  return splitsSeconds.map((seconds) => {
    const at = new Date(seconds * 1000);
    const date = day.format(at);
    if (step >= 86_400) return date;
    const isNewDay = date !== shown;
    shown = date;
    return isNewDay ? `${clock.format(at)}\n${date}` : clock.format(at);
  });
}

export function valueTicks(splits: number[]): string[] {
  return splits.map((value) => quantity(value));
}

export function cursorTime(ms: number): string {
  return new Intl.DateTimeFormat(tag(), {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
  }).format(new Date(ms));
}

// How much taller than what is seen the band may make the chart before it is clipped.
const BAND_SHARE_MAX = 4;

/** Room for the values: what is seen, and the band as long as it does not flatten the line. */
export function valueRange(
  low: number | null,
  high: number | null,
  band: { low: number; high: number } | null = null,
): [number, number] {
  if (low === null || high === null) return band ? [band.low, band.high] : [0, 1];
  let [bottom, top] = [low, high];
  if (band) {
    const whole = Math.max(high, band.high) - Math.min(low, band.low);
    if (whole <= BAND_SHARE_MAX * (high - low)) {
      bottom = Math.min(low, band.low);
      top = Math.max(high, band.high);
    }
  }
  const pad = (top - bottom) * 0.1 || Math.abs(top) * 0.05 || 1;
  return [bottom - pad, top + pad];
}
