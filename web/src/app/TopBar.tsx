import { UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Search as SearchIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { LanguageSwitch } from "./LanguageSwitch";
import { Logo } from "./Logo";
import { SchemeSwitch } from "./SchemeSwitch";
import { setSearchOpened } from "./Search";
import classes from "./TopBar.module.css";
import { UserMenu } from "./UserMenu";

const isApple = /mac|iphone|ipad/i.test(navigator.platform);

/** One search for everything, and what belongs to the person. */
export function TopBar() {
  const { t } = useTranslation();
  return (
    <header className={classes.bar}>
      <Link to="/" className={classes.brand} aria-label={t("shell.home")}>
        <Logo size={26} />
        <span className={classes.name}>{t("common.product")}</span>
      </Link>
      <UnstyledButton
        className={classes.search}
        onClick={() => setSearchOpened(true)}
        data-testid="open-search"
      >
        <SearchIcon size={16} aria-hidden="true" />
        <span className={classes.searchWords}>{t("shell.search.placeholder")}</span>
        <kbd className={classes.keys}>{isApple ? "⌘ K" : "Ctrl K"}</kbd>
      </UnstyledButton>
      <div className={classes.tools}>
        <LanguageSwitch />
        <SchemeSwitch />
        <UserMenu />
      </div>
    </header>
  );
}
