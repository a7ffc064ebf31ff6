// OPC UA status codes as people read them: the two highest bits say how good a value is.

export type Quality = "good" | "uncertain" | "bad";

export function qualityOf(status: number): Quality {
  const severity = status >>> 30;
  if (severity === 0) return "good";
  return severity === 1 ? "uncertain" : "bad";
}

/** `0x80310000`, as manuals list them. */
export function statusHex(status: number): string {
  return `0x${(status >>> 0).toString(16).toUpperCase().padStart(8, "0")}`;
}
