import { Button } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../ui/EmptyState";
import { Page } from "../ui/Page";

/** A page that broke while it was drawn, or whose code could not be fetched after an upgrade. */
export function PageFailed({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <Page title={t("shell.pageFailed.title")}>
      <EmptyState
        icon={TriangleAlert}
        title={t("shell.pageFailed.what")}
        hint={error instanceof Error ? error.message : undefined}
        action={
          <Button onClick={() => window.location.reload()}>{t("shell.pageFailed.reload")}</Button>
        }
      />
    </Page>
  );
}
