import { ShieldX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ClaimLink } from "../ui/links";
import { useEnum } from "../ui/useEnum";
import { useLocal } from "../ui/useLocal";
import classes from "./claims.module.css";
import { readRefusal } from "./refusal";

/** Why a claim is refused: the rule, the earlier claim, and the sentence that says it. */
export function RefusalBox({ refusal: raw, small = false }: { refusal: unknown; small?: boolean }) {
  const { t } = useTranslation();
  const word = useEnum();
  const local = useLocal();
  const refusal = readRefusal(raw);
  if (!refusal) return null;
  return (
    <div
      className={classes.refusal}
      role="note"
      data-small={small || undefined}
      data-testid="claim-refusal"
      data-rule={refusal.rule}
    >
      <ShieldX size={small ? 16 : 22} aria-hidden="true" />
      <div>
        <p className={classes.refusalTitle} data-testid="refusal-explanation">
          {local(refusal.explanation)}
        </p>
        <p className={classes.refusalFacts}>
          <span data-testid="refusal-rule">
            {t("claims.rule")}: {word("claimRule", refusal.rule)}
          </span>
          {refusal.priorClaimId ? (
            <span data-testid="refusal-prior">
              {t("claims.priorClaim")}:{" "}
              <ClaimLink
                id={refusal.priorClaimId}
                number={refusal.priorNumber || t("claims.claim")}
              />
            </span>
          ) : null}
        </p>
      </div>
    </div>
  );
}
