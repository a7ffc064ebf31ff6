import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isStale } from "../api/problem";
import { ErrorState } from "./ErrorState";
import classes from "./states.module.css";

interface Props {
  error: unknown;
  /** Called after the present state was read, to close or reset the form. */
  onReload?: () => void;
}

/** Why a change was refused; a change made on an old version offers the present one. */
export function ActionProblem({ error, onReload }: Props) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  if (!error) return null;
  if (!isStale(error)) return <ErrorState error={error} small />;
  return (
    <div className={classes.error} role="alert" data-small data-code="stale_version">
      <RefreshCw size={16} aria-hidden="true" />
      <div>
        <p className={classes.errorTitle}>{t("problems.stale.happened")}</p>
        <p className={classes.errorDetail}>
          {t("problems.stale.safe")} {t("problems.stale.todo")}
        </p>
        <Button
          size="xs"
          variant="default"
          mt="xs"
          onClick={() => void cache.invalidateQueries().then(() => onReload?.())}
        >
          {t("problems.stale.reload")}
        </Button>
      </div>
    </div>
  );
}
