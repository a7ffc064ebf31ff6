import { currentLanguage } from "../../i18n";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
const STEP = 1_000;

/** `1.2 GB`; nothing where it is not known. */
export function bytes(amount: number | null | undefined): string | null {
  if (amount === null || amount === undefined) return null;
  const power = Math.min(
    Math.floor(Math.log(Math.max(amount, 1)) / Math.log(STEP)),
    UNITS.length - 1,
  );
  return new Intl.NumberFormat(currentLanguage() === "zh" ? "zh-CN" : "en-GB", {
    style: "unit",
    unit: UNITS[power],
    unitDisplay: power === 0 ? "long" : "short",
    maximumSignificantDigits: 3,
  }).format(amount / STEP ** power);
}
