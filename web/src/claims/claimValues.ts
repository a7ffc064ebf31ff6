// What the claim form holds, how it begins from a work order, and what of it is sent.
import type { Schemas } from "../api/client";
import type { TicketDetail } from "../tickets/api";
import { localDay, today } from "../ui/format";

export interface LineValues {
  key: string;
  partNumber: string;
  position: string;
  failedSerial: string;
  replacementSerial: string;
  quantity: number | string;
  labourMinutes: number | string;
}

export interface ClaimValues {
  assetId: string | null;
  failureOn: string;
  repairedOn: string;
  meter: number | string;
  invoiceNumber: string;
  customerPaid: boolean;
  workOrderId: string | null;
  alarmId: string | null;
  complaintIds: string[];
  lines: LineValues[];
}

export function emptyLine(): LineValues {
  return {
    key: crypto.randomUUID(),
    partNumber: "",
    position: "",
    failedSerial: "",
    replacementSerial: "",
    quantity: 1,
    labourMinutes: "",
  };
}

export function emptyClaim(assetId: string | null): ClaimValues {
  return {
    assetId,
    failureOn: today(),
    repairedOn: "",
    meter: "",
    invoiceNumber: "",
    customerPaid: false,
    workOrderId: null,
    alarmId: null,
    complaintIds: [],
    lines: [emptyLine()],
  };
}

/** The failure is dated by the alarm that saw it first, else by the order's making. */
export function claimOfOrder(order: TicketDetail): ClaimValues {
  const onsets = order.alarms.map((alarm) => alarm.onset_at).sort();
  const first = order.alarms.at(-1);
  const shared = order.parts.length > 1 ? "" : (order.labour_minutes ?? "");
  return {
    ...emptyClaim(order.asset_id),
    failureOn: localDay(new Date(onsets[0] ?? order.created_at)),
    repairedOn: order.performed_on ?? "",
    workOrderId: order.id,
    alarmId: first?.alarm_id ?? null,
    complaintIds: order.links
      .filter((link) => link.kind === "complaint")
      .map((link) => link.ticket_id),
    lines:
      order.parts.length === 0
        ? [emptyLine()]
        : order.parts.map((part) => ({
            ...emptyLine(),
            partNumber: part.part_number,
            position: part.position,
            failedSerial: part.failed_serial ?? "",
            replacementSerial: part.replacement_serial ?? "",
            quantity: part.quantity,
            labourMinutes: shared,
          })),
  };
}

/** Leaves out what was not filled in. */
export function asClaim(values: ClaimValues): Schemas["ClaimCreate"] {
  return {
    draft: false,
    asset_id: values.assetId,
    failure_on: values.failureOn,
    repaired_on: values.repairedOn || null,
    meter: values.meter === "" ? null : String(values.meter),
    invoice_number: values.invoiceNumber.trim() || null,
    customer_paid: values.customerPaid,
    work_order_id: values.workOrderId,
    alarm_id: values.alarmId,
    complaint_ids: values.complaintIds,
    lines: values.lines.map((line) => ({
      part_number: line.partNumber.trim(),
      position: line.position.trim(),
      failed_serial: line.failedSerial.trim() || null,
      replacement_serial: line.replacementSerial.trim() || null,
      quantity: Number(line.quantity) || 1,
      labour_minutes: Number(line.labourMinutes) || 0,
    })),
  };
}
