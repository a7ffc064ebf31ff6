// Why something is in quarantine, as the platform names it; readings first, then whole messages.
export const REASONS = [
  "unknown_series",
  "series_budget",
  "future_timestamp",
  "timestamp_out_of_range",
  "not_finite",
  "boolean_value",
  "text_value",
  "unsupported_value",
  "storage_refused",
  "bad_signature",
  "unknown_agent",
  "revoked_gateway",
  "topic_mismatch",
  "seq_reused",
  "not_a_frame",
  "unknown_version",
  "truncated",
  "too_large",
  "too_many_tags",
  "inconsistent",
  "not_processed",
] as const;

export const STATES = ["open", "replayed", "dropped"] as const;
