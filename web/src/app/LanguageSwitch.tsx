import { ActionIcon, Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Check, Languages } from "lucide-react";
import { useTranslation } from "react-i18next";
import { currentLanguage, LANGUAGES, switchLanguage } from "../i18n";

// A language is called by its own name in every language.
const OWN_NAMES = { zh: "中文", en: "English" } as const;

export function LanguageSwitch() {
  const { t } = useTranslation();
  const cache = useQueryClient();
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
            onClick={() => void switchLanguage(language).then(() => cache.invalidateQueries())}
          >
            {OWN_NAMES[language]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
