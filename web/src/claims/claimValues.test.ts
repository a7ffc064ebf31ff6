import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { TicketDetail } from "../tickets/api";
import { asClaim, claimOfOrder } from "./claimValues";

const ORDER = {
  id: "wo_1",
  asset_id: "ast_1",
  created_at: "2026-11-21T10:00:00Z",
  performed_on: "2026-11-21",
  labour_minutes: 90,
  alarms: [
    { alarm_id: "alm_2", onset_at: "2026-11-20T09:00:00Z" },
    { alarm_id: "alm_1", onset_at: "2026-11-19T23:00:00Z" },
  ],
  links: [
    { ticket_id: "cp_1", kind: "complaint" },
    { ticket_id: "wo_2", kind: "inspection" },
  ],
  parts: [
    {
      part_number: "BRG-1",
      position: "drive end",
      failed_serial: "S-1",
      replacement_serial: null,
      quantity: 1,
    },
  ],
} as unknown as TicketDetail;

beforeEach(() => void vi.stubEnv("TZ", "UTC"));
afterEach(() => void vi.unstubAllEnvs());

test("a claim begins with what the order already knows", () => {
  expect(asClaim(claimOfOrder(ORDER))).toEqual({
    draft: false,
    asset_id: "ast_1",
    failure_on: "2026-11-19",
    repaired_on: "2026-11-21",
    meter: null,
    invoice_number: null,
    customer_paid: false,
    work_order_id: "wo_1",
    alarm_id: "alm_1",
    complaint_ids: ["cp_1"],
    lines: [
      {
        part_number: "BRG-1",
        position: "drive end",
        failed_serial: "S-1",
        replacement_serial: null,
        quantity: 1,
        labour_minutes: 90,
      },
    ],
  });
});

test("a failure has the date of the place where it is claimed", () => {
  const alarms = [{ alarm_id: "alm_1", onset_at: "2026-11-20T02:00:00Z" }];
  const order = { ...ORDER, alarms } as unknown as TicketDetail;
  vi.stubEnv("TZ", "America/New_York");
  // Dated the 20th, the failure would come after a repair that was done at once.
  expect(asClaim(claimOfOrder(order)).failure_on).toBe("2026-11-19");
  vi.stubEnv("TZ", "Asia/Shanghai");
  expect(asClaim(claimOfOrder(order)).failure_on).toBe("2026-11-20");
});
