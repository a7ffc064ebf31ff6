import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";

export type Fault = Schemas["FaultView"];

const HOLE = /\{\{(\w+)\}\}/g;

/** Whether the facts fill every hole of the words. */
const isFilled = (words: unknown, { facts }: Pick<Fault, "facts">) =>
  [...String(words).matchAll(HOLE)].every(([, hole]) => hole !== undefined && hole in facts);

/** What is wrong with a field, in the language of the page; `own` where only the gateway's rules have words. */
export function useFaultWords() {
  const { t, i18n } = useTranslation();
  return useCallback(
    (fault: Fault): { words: string; own: string } => {
      const key = `faults.${fault.code}`;
      // The code comes from the API, so the key cannot be known when compiling.
      if (i18n.exists(key) && isFilled(i18n.getResource(i18n.language, "translation", key), fault))
        return { words: String(t(key as never, fault.facts as never)), own: "" };
      return { words: t("faults.other"), own: fault.message };
    },
    [i18n, t],
  );
}
