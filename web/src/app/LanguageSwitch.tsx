import { ActionIcon, Menu } from "@mantine/core";
import { Check, Languages } from "lucide-react";
import { useTranslation } from "react-i18next";
import { currentLanguage, LANGUAGES } from "../i18n";
import { useChangeLanguage } from "./session";

// A language is called by its own name in every language.
const OWN_NAMES = { zh: "中文", en: "English" } as const;

export function LanguageSwitch() {
  const { t } = useTranslation();
  const change = useChangeLanguage();
  const now = currentLanguage();
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon size="lg" aria-label={t("shell.language")} data-testid="language-switch">
          <Languages size={18} strokeWidth={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {LANGUAGES.map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            rightSection={language === now ? <Check size={14} /> : null}
            onClick={() => change.mutate(language)}
          >
            {OWN_NAMES[language]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
