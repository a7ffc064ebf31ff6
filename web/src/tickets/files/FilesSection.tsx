import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { EmptyState } from "../../ui/EmptyState";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import type { Family } from "../api";
import { useFiles } from "./api";
import { FileList } from "./FileList";
import { SendFiles } from "./SendFiles";

const SENDS: Record<Family, string[]> = {
  work_order: [
    "work_orders.handle",
    "work_orders.create",
    "work_orders.assign",
    "complaints.create",
  ],
  complaint: ["complaints.create", "complaints.handle"],
};

/** The files of a ticket: pictures in place, others to save, and sending more. */
export function FilesSection({ family, id }: { family: Family; id: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const files = useFiles(family, id);
  return (
    <Section title={t("files.title")} testId="files">
      <QueryState query={files} height={72} small>
        {(data) =>
          data.pages.every((page) => page.items.length === 0) ? (
            <EmptyState small title={t("files.none")} />
          ) : (
            <FileList family={family} files={files} />
          )
        }
      </QueryState>
      {SENDS[family].some(may) ? <SendFiles family={family} id={id} /> : null}
    </Section>
  );
}
