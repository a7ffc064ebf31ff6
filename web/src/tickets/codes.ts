// The codes a ticket is made of, in the order people choose from them.
export const STAGES = [
  "pending",
  "triaged",
  "assigned",
  "in_progress",
  "on_hold",
  "awaiting_confirmation",
  "closed",
  "cancelled",
] as const;

export const ORDER_KINDS = ["preventive", "corrective", "inspection", "installation"] as const;
export const PRIORITIES = ["P0", "P1", "P2", "P3"] as const;
export const HOLD_REASONS = [
  "waiting_for_parts",
  "waiting_for_customer",
  "waiting_for_access",
  "other",
] as const;

export const FAILURE_MODES = [
  "bearing_wear",
  "seal_leak",
  "overheating",
  "blockage",
  "cavitation",
  "imbalance",
  "electrical_fault",
  "sensor_flatline",
  "sensor_gap",
  "sensor_drift",
  "sensor_out_of_range",
  "unspecified",
] as const;

export const CAUSES = [
  "wear",
  "lubrication",
  "contamination",
  "misalignment",
  "material_defect",
  "electrical",
  "sensor",
  "operation",
  "process",
  "no_fault_found",
  "unknown",
] as const;

export const REMEDIES = [
  "replace",
  "repair",
  "adjust",
  "clean",
  "lubricate",
  "calibrate",
  "configure",
  "inspect",
  "instruct",
  "none",
] as const;

export const CATEGORIES = [
  "machine_failure",
  "performance",
  "quality",
  "safety",
  "parts",
  "logistics",
  "service",
  "billing",
  "other",
] as const;

export const LEVELS = ["high", "medium", "low"] as const;
export const CHANNELS = [
  "phone",
  "email",
  "web",
  "api",
  "wechat",
  "weibo",
  "app",
  "visit",
] as const;
