import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAction } from "../api/useAction";
import { ConfirmDialog } from "../ui/ConfirmDialog";

interface Props<Row> {
  row: Row;
  name: string;
  queryKey: string;
  archive: (row: Row) => Promise<unknown>;
  restore: (row: Row) => Promise<unknown>;
}

/** Puts a record away after asking, or brings it back at once. */
export function ArchiveButton<Row extends { archived_at?: string | null }>(props: Props<Row>) {
  const { row, name, queryKey, archive, restore } = props;
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const away = Boolean(row.archived_at);
  const move = useAction({
    run: () => (away ? restore(row) : archive(row)),
    touches: [[queryKey]],
    done: () => t(away ? "administration.restored" : "administration.archivedDone", { name }),
    after: () => setAsking(false),
  });
  return (
    <>
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        loading={move.isPending && away}
        onClick={() => (away ? move.mutate(undefined) : setAsking(true))}
      >
        {away ? t("common.unarchive") : t("common.archive")}
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={t("administration.archiveTitle", { name })}
        text={t("administration.archiveText")}
        confirmLabel={t("common.archive")}
        onConfirm={() => move.mutate(undefined)}
        pending={move.isPending}
        error={move.error}
      />
    </>
  );
}
