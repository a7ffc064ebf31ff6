import { Title } from "@mantine/core";
import { Link, type LinkProps } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import classes from "./ui.module.css";

export interface Crumb {
  label: string;
  to: LinkProps["to"];
}

interface Props {
  title: ReactNode;
  /** For the browser's tab where the title is no plain text. */
  tabTitle?: string;
  crumbs?: Crumb[];
  /** Chips and ids beside the title. */
  marks?: ReactNode;
  subtitle?: ReactNode;
  /** The page's main verbs; within thumb's reach on a phone. */
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of every page: where it is, what it is, what can be done. */
export function Page({ title, tabTitle, crumbs = [], marks, subtitle, actions, children }: Props) {
  const { t } = useTranslation();
  const name = tabTitle ?? (typeof title === "string" ? title : undefined);
  useEffect(() => {
    if (name) document.title = `${name} · Forewarn`;
  }, [name]);
  return (
    <div className={classes.page}>
      <div className={classes.pageHead}>
        <div className={classes.pageNames}>
          {crumbs.length > 0 ? (
            <nav className={classes.crumbs} aria-label={t("shell.breadcrumbs")}>
              {crumbs.map((crumb) => (
                <Link key={crumb.label} to={crumb.to}>
                  {crumb.label}
                </Link>
              ))}
            </nav>
          ) : null}
          <div className={classes.titleLine}>
            <Title order={1} className={classes.pageTitle}>
              {title}
            </Title>
            {marks}
          </div>
          {subtitle ? <div className={classes.subtitle}>{subtitle}</div> : null}
        </div>
        {actions ? <div className={classes.pageActions}>{actions}</div> : null}
      </div>
      {children}
    </div>
  );
}

/** Main matter left, what surrounds it right; one column where there is no room. */
export function TwoColumns({ main, side }: { main: ReactNode; side: ReactNode }) {
  return (
    <div className={classes.twoColumns}>
      <div className={classes.column}>{main}</div>
      <aside className={classes.column}>{side}</aside>
    </div>
  );
}
