// For how long alarms are shelved, in seconds, and moments as a date field writes them.
import { localDay } from "../ui/format";

export const LENGTHS = [1_800, 3_600, 14_400, 28_800, 86_400] as const;

// The API counts from when it is asked; a whole day asked for must still fit into a day there.
const SLACK_SECONDS = 30;

export function endOf(seconds: number, now: Date): Date {
  const longest = LENGTHS[LENGTHS.length - 1] ?? seconds;
  return new Date(now.getTime() + Math.min(seconds, longest - SLACK_SECONDS) * 1000);
}

const two = (part: number) => String(part).padStart(2, "0");

/** `2026-11-22T14:05`, where the reader is. */
export function localMinute(at: Date): string {
  return `${localDay(at)}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The moment that a date field holds; null while it holds none. */
export function parsedMinute(text: string): Date | null {
  const at = new Date(text);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) && !Number.isNaN(at.getTime()) ? at : null;
}
