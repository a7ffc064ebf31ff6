// How a delivery reads in a list.
import { useTranslation } from "react-i18next";
import { plainCode } from "../ui/format";
import type { Delivery } from "./api";

/** The first message of a delivery, and how many more it carries. */
export function useSubject() {
  const { t } = useTranslation();
  return (delivery: Delivery): string => {
    const [first, ...more] = delivery.notices;
    if (!first) return "";
    if (more.length === 0) return first.subject;
    return t("notices.bundled", { subject: first.subject, count: more.length });
  };
}

/** Why a delivery ended without being sent: our code in words, or what somebody wrote. */
export function useReason() {
  const { t, i18n } = useTranslation();
  return (delivery: Delivery): string => {
    if (!delivery.reason) return "";
    if (delivery.state === "dropped") return delivery.reason;
    const key = `notices.reasons.${delivery.reason}`;
    return i18n.exists(key) ? String(t(key as never)) : plainCode(delivery.reason);
  };
}
