import { useTranslation } from "react-i18next";

/** Picks the reader's language from a text that the platform wrote in both. */
export function useLocal(): (text: unknown) => string {
  const { i18n } = useTranslation();
  return (text) => {
    if (typeof text === "string") return text;
    if (typeof text !== "object" || text === null) return "";
    const both = text as Record<string, unknown>;
    const found = both[i18n.language] ?? both.en ?? both.zh;
    return typeof found === "string" ? found : "";
  };
}
