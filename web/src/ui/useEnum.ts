import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Words } from "../i18n";
import { plainCode } from "./format";

export type EnumName = keyof Words["enums"];

/** Words for the platform's codes; a code without a word yet is shown readable rather than hidden. */
export function useEnum() {
  const { i18n } = useTranslation();
  return useCallback(
    (name: EnumName, code: string | null | undefined): string => {
      if (!code) return "–";
      const key = `enums.${name}.${code}`;
      // The code comes from the API, so the key cannot be known when compiling.
      return i18n.exists(key) ? String(i18n.t(key as never)) : plainCode(code);
    },
    [i18n, i18n.language],
  );
}
