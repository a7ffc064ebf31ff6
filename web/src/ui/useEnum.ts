import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Words } from "../i18n";
import { plainCode } from "./format";

export type EnumName = keyof Words["enums"] | keyof Words["codes"];

/** Words for the platform's codes; a code without a word yet is shown readable rather than hidden. */
export function useEnum() {
  const { t, i18n } = useTranslation();
  return useCallback(
    (name: EnumName, code: string | null | undefined): string => {
      if (!code) return "–";
      for (const place of ["enums", "codes"]) {
        const key = `${place}.${name}.${code}`;
        // The code comes from the API, so the key cannot be known when compiling.
        if (i18n.exists(key)) return String(t(key as never));
      }
      return plainCode(code);
    },
    [i18n, t],
  );
}
