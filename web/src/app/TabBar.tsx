import { Drawer, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { Menu } from "lucide-react";
import { useTranslation } from "react-i18next";
import classes from "./TabBar.module.css";
import { useNavItems } from "./useNavItems";

const SHOWN = 4;

/** The way around on a phone: the first areas in thumb's reach, the others behind "more". */
export function TabBar() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure();
  const items = useNavItems();
  const first = items.slice(0, items.length > SHOWN + 1 ? SHOWN : SHOWN + 1);
  const rest = items.slice(first.length);
  return (
    <nav className={classes.bar} aria-label={t("shell.navigation")}>
      {first.map(({ area, to, icon: Icon }) => (
        <Link
          key={area}
          to={to}
          className={classes.tab}
          activeOptions={{ exact: to === "/" }}
          activeProps={{ "aria-current": "page" }}
        >
          <Icon size={20} strokeWidth={1.7} aria-hidden="true" />
          <span>{t(`shell.areas.${area}`)}</span>
        </Link>
      ))}
      {rest.length > 0 ? (
        <>
          <UnstyledButton className={classes.tab} onClick={open}>
            <Menu size={20} strokeWidth={1.7} aria-hidden="true" />
            <span>{t("shell.more")}</span>
          </UnstyledButton>
          <Drawer
            opened={opened}
            onClose={close}
            position="bottom"
            size="auto"
            title={t("shell.more")}
          >
            {rest.map(({ area, to, icon: Icon }) => (
              <Link key={area} to={to} className={classes.row} onClick={close}>
                <Icon size={20} strokeWidth={1.7} aria-hidden="true" />
                {t(`shell.areas.${area}`)}
              </Link>
            ))}
          </Drawer>
        </>
      ) : null}
    </nav>
  );
}
