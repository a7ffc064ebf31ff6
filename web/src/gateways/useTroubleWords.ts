import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Trouble } from "./state";

/** What is wrong and what to do about it, in the language of the page. */
export function useTroubleWords() {
  const { t } = useTranslation();
  return useCallback(
    (trouble: Trouble): { happened: string; todo: string } => {
      const facts = { name: trouble.name ?? "", count: trouble.count ?? 0 };
      return {
        happened: t(`gateways.troubles.${trouble.code}.happened`, facts),
        todo: t(`gateways.troubles.${trouble.code}.todo`, facts),
      };
    },
    [t],
  );
}
