import { ActionIcon, Menu, useMantineColorScheme } from "@mantine/core";
import { Check, Moon, Sun, SunMoon } from "lucide-react";
import { useTranslation } from "react-i18next";

const SCHEMES = { light: Sun, dark: Moon, auto: SunMoon } as const;

export function SchemeSwitch() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = SCHEMES[colorScheme];
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon size="lg" aria-label={t("shell.scheme.label")} data-testid="scheme-switch">
          <Icon size={18} strokeWidth={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(["light", "dark", "auto"] as const).map((scheme) => {
          const Each = SCHEMES[scheme];
          return (
            <Menu.Item
              key={scheme}
              leftSection={<Each size={15} />}
              rightSection={scheme === colorScheme ? <Check size={14} /> : null}
              onClick={() => setColorScheme(scheme)}
            >
              {t(`shell.scheme.${scheme}`)}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
