// What the form of a resolution holds, and what of it is sent.
import type { Schemas } from "../api/client";

export interface PartValues {
  key: string;
  partNumber: string;
  position: string;
  failedSerial: string;
  replacementSerial: string;
  quantity: number | string;
}

export interface ResolutionValues {
  findings: string;
  cause: string | null;
  remedy: string | null;
  labourMinutes: number | string;
  failureMode: string | null;
  performedOn: string;
  parts: PartValues[];
}

export function emptyPart(): PartValues {
  return {
    key: crypto.randomUUID(),
    partNumber: "",
    position: "",
    failedSerial: "",
    replacementSerial: "",
    quantity: 1,
  };
}

/** Leaves out what was not filled in; a complaint has neither parts nor labour. */
export function asResolution(values: ResolutionValues, isOrder: boolean): Schemas["ResolutionIn"] {
  if (!isOrder) return { findings: values.findings.trim(), parts: [] };
  return {
    findings: values.findings.trim(),
    cause: values.cause,
    remedy: values.remedy,
    labour_minutes: Number(values.labourMinutes),
    failure_mode: values.failureMode,
    performed_on: values.performedOn || null,
    parts: values.parts.map((part) => ({
      part_number: part.partNumber.trim(),
      position: part.position.trim(),
      failed_serial: part.failedSerial.trim() || null,
      replacement_serial: part.replacementSerial.trim() || null,
      quantity: Number(part.quantity) || 1,
    })),
  };
}
