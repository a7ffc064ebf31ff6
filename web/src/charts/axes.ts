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

/** Room for the values: what is seen, the band included, a tenth above and below. */
export function valueRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const pad = (high - low) * 0.1 || Math.abs(high) * 0.05 || 1;
  return [low - pad, high + pad];
}
