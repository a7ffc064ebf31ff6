// Why a claim or one of its lines was refused: written by the platform as JSON, read here with care.

export interface Refusal {
  rule: string;
  priorClaimId: string | null;
  priorNumber: string;
  /** In both languages. */
  explanation: unknown;
}

export function readRefusal(raw: unknown): Refusal | null {
  if (typeof raw !== "object" || raw === null) return null;
  const refusal = raw as Record<string, unknown>;
  const detail = (refusal.detail ?? {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return {
    rule: text(refusal.rule),
    priorClaimId: text(refusal.prior_claim_id) || null,
    priorNumber: text(detail.prior),
    explanation: refusal.explanation,
  };
}
