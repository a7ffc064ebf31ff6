// Which language the pages speak: kept choice, else the browser's, else English.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type en from "./en";

export const LANGUAGES = ["zh", "en"] as const;
export type Language = (typeof LANGUAGES)[number];
export type Words = typeof en;

const KEY = "forewarn.language";

// Each language is a chunk of its own; only the one in use is fetched.
const load: Record<Language, () => Promise<{ default: Words }>> = {
  en: () => import("./en"),
  zh: () => import("./zh"),
};

function isLanguage(value: unknown): value is Language {
  return LANGUAGES.includes(value as Language);
}

/** The first language of the browser that is one of ours. */
function browserLanguage(): Language | null {
  for (const wish of navigator.languages ?? [navigator.language]) {
    const short = wish.toLowerCase().split("-")[0];
    if (isLanguage(short)) return short;
  }
  return null;
}

/** The language to start with. */
export function preferredLanguage(): Language {
  const kept = localStorage.getItem(KEY);
  return isLanguage(kept) ? kept : (browserLanguage() ?? "en");
}

/** Whether this device says which language is wanted: somebody chose it, or the browser has one of ours. */
export function languageKnown(): boolean {
  return isLanguage(localStorage.getItem(KEY)) || browserLanguage() !== null;
}

export async function startLanguage(): Promise<void> {
  const language = preferredLanguage();
  const words = (await load[language]()).default;
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: words } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

export async function switchLanguage(language: Language, keep = true): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    const words = (await load[language]()).default;
    i18next.addResourceBundle(language, "translation", words);
  }
  if (keep) localStorage.setItem(KEY, language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

export function currentLanguage(): Language {
  return isLanguage(i18next.language) ? i18next.language : "en";
}
