import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../ui/EmptyState";
import { Page } from "../ui/Page";
import links from "../ui/small.module.css";

/** An address that leads nowhere. */
export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Page title={t("shell.notFound.title")}>
      <EmptyState
        icon={Compass}
        title={t("shell.notFound.what")}
        hint={t("shell.notFound.hint")}
        action={
          <Link to="/" className={links.link}>
            {t("shell.notFound.home")}
          </Link>
        }
      />
    </Page>
  );
}
