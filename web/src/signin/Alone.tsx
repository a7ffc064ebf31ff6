import { Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { LanguageSwitch } from "../app/LanguageSwitch";
import { Logo } from "../app/Logo";
import { SchemeSwitch } from "../app/SchemeSwitch";
import classes from "./Alone.module.css";

/** The frame of what is shown to somebody who is not signed in. */
export function Alone({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · Forewarn`;
  }, [title]);
  return (
    <div className={classes.page}>
      <div className={classes.tools}>
        <LanguageSwitch />
        <SchemeSwitch />
      </div>
      <main className={classes.card}>
        <div className={classes.brand}>
          <Logo size={38} />
          <div>
            <div className={classes.name}>{t("common.product")}</div>
            <div className={classes.line}>{t("signin.tagline")}</div>
          </div>
        </div>
        <Title order={1} className={classes.title}>
          {title}
        </Title>
        {children}
      </main>
    </div>
  );
}
