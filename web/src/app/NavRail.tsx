import { Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import classes from "./NavRail.module.css";
import { useNavItems } from "./useNavItems";

/** The way around: words on wide screens, icons with tooltips on narrower ones. */
export function NavRail() {
  const { t } = useTranslation();
  const items = useNavItems();
  return (
    <nav className={classes.rail} aria-label={t("shell.navigation")}>
      {items.map(({ area, to, icon: Icon }) => (
        <Tooltip
          key={area}
          label={t(`shell.areas.${area}`)}
          position="right"
          classNames={{ tooltip: classes.tip }}
        >
          <Link
            to={to}
            className={classes.item}
            activeOptions={{ exact: to === "/" }}
            activeProps={{ "aria-current": "page" }}
            data-testid={`nav-${area}`}
          >
            <Icon size={18} strokeWidth={1.7} aria-hidden="true" />
            <span className={classes.word}>{t(`shell.areas.${area}`)}</span>
          </Link>
        </Tooltip>
      ))}
    </nav>
  );
}
