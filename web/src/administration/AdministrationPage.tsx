import { Link, Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { Page } from "../ui/Page";
import classes from "../ui/Tabs.module.css";

const TABS = [
  { key: "organisations", to: "/administration/organisations", permission: "assets.read" },
  { key: "people", to: "/administration/people", permission: "people.read" },
  { key: "roles", to: "/administration/roles", permission: "people.read" },
  { key: "sites", to: "/administration/sites", permission: "assets.read" },
  { key: "models", to: "/administration/models", permission: "assets.read" },
  { key: "assets", to: "/administration/assets", permission: "assets.read" },
  { key: "policies", to: "/administration/policies", permission: "claims.read" },
  { key: "notices", to: "/administration/notices", permission: "administration.manage" },
  { key: "audit", to: "/administration/audit", permission: "audit.read" },
] as const;

/** Everything that is set up rather than worked on. */
export function AdministrationPage() {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <Page title={t("administration.title")}>
      <nav className={classes.tabs} aria-label={t("administration.title")}>
        {TABS.filter((tab) => may(tab.permission)).map((tab) => (
          <Link
            key={tab.key}
            to={tab.to}
            className={classes.tab}
            activeProps={{ "aria-current": "page" }}
          >
            {t(`administration.tabs.${tab.key}`)}
          </Link>
        ))}
      </nav>
      <Outlet />
    </Page>
  );
}
