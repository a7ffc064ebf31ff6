import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LiveLine } from "../live/LiveLine";
import { useLiveChanges } from "../live/useLiveChanges";
import { NavRail } from "./NavRail";
import { Search } from "./Search";
import classes from "./Shell.module.css";
import { TabBar } from "./TabBar";
import { TopBar } from "./TopBar";

/** Everything around a page. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  useLiveChanges();
  return (
    <div className={classes.shell}>
      <a href="#content" className={classes.skip}>
        {t("shell.skip")}
      </a>
      <TopBar />
      <NavRail />
      <main id="content" tabIndex={-1} className={classes.content}>
        <LiveLine />
        {children}
      </main>
      <TabBar />
      <Search />
    </div>
  );
}
