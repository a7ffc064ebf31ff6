// Numbers, times and codes as people read them, in the language of the page.
import { currentLanguage } from "../i18n";

const tag = () => (currentLanguage() === "zh" ? "zh-CN" : "en-GB");

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** "12 min ago", "in 3 days"; anything under 45 seconds is "now". */
export function relativeTime(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(tag(), { numeric: "auto", style: "short" });
  for (const [unit, size] of UNITS) {
    const amount = seconds / size;
    if (Math.abs(amount) >= (unit === "minute" ? 0.75 : 1)) {
      return format.format(Math.trunc(Math.round(amount * 10) / 10) || Math.sign(amount), unit);
    }
  }
  return currentLanguage() === "zh" ? "刚刚" : "just now";
}

/** Date, time to the second and the zone. */
export function exactTime(at: Date): string {
  return new Intl.DateTimeFormat(tag(), {
    dateStyle: "medium",
    timeStyle: "long",
  }).format(at);
}

/** Date and time to the minute, without the zone. */
export function shortTime(at: Date): string {
  return new Intl.DateTimeFormat(tag(), {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  }).format(at);
}

/** A calendar date such as `2026-01-15`, which belongs to no time zone. */
export function calendarDate(iso: string): string {
  const [year, month, day] = iso.slice(0, 10).split("-").map(Number);
  if (!year || !month || !day) return iso;
  return new Intl.DateTimeFormat(tag(), { dateStyle: "medium", timeZone: "UTC" }).format(
    new Date(Date.UTC(year, month - 1, day)),
  );
}

/** "3 h 20 min" between two instants. */
export function duration(seconds: number): string {
  const format = (value: number, unit: string) =>
    new Intl.NumberFormat(tag(), { style: "unit", unit, unitDisplay: "short" }).format(value);
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return format(whole, "second");
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return format(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  if (hours < 48) {
    const rest = minutes % 60;
    return rest ? `${format(hours, "hour")} ${format(rest, "minute")}` : format(hours, "hour");
  }
  return format(Math.round(hours / 24), "day");
}

/** A measured value; `steady` keeps its digits, so that a live one does not jump. */
export function quantity(value: number | null | undefined, steady = false): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 || size === 0 ? 2 : 3;
  return new Intl.NumberFormat(tag(), {
    maximumFractionDigits: digits,
    minimumFractionDigits: steady ? digits : 0,
  }).format(value);
}

export function count(value: number): string {
  return new Intl.NumberFormat(tag()).format(value);
}

/** Money from integer minor units. */
export function money(minor: number, currency: string): string {
  const format = new Intl.NumberFormat(tag(), { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}

export function percent(share: number): string {
  return new Intl.NumberFormat(tag(), { style: "percent", maximumFractionDigits: 0 }).format(share);
}

/** `wo_06a3…k9f2`: the prefix and both ends of the rest, enough to tell rows apart. */
export function shortId(id: string): string {
  const cut = id.indexOf("_") + 1;
  const rest = id.slice(cut);
  return rest.length <= 10 ? id : `${id.slice(0, cut)}${rest.slice(0, 3)}…${rest.slice(-4)}`;
}

/** `bearing_wear` → `bearing wear`, for a code that has no word yet. */
export function plainCode(code: string): string {
  return code.replaceAll("_", " ");
}

/** The `YYYY-MM-DD` that an instant has where the reader is, for date fields. */
export function localDay(at: Date): string {
  const pad = (part: number) => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

/** Local `YYYY-MM-DD` of today. */
export function today(): string {
  return localDay(new Date());
}

/** How often something happens a year: two digits that count. */
export function perYear(rate: number): string {
  if (rate > 0 && rate < 0.01) return `<${quantity(0.01)}`;
  return new Intl.NumberFormat(tag(), { maximumSignificantDigits: 2 }).format(rate);
}
