import { Button, Group, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Search } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAction } from "../api/useAction";
import { type Column, DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar, ToggleChip } from "../ui/FilterChips";
import type { Field } from "../ui/record/fields";
import { RecordDialog } from "../ui/record/RecordDialog";
import { Section } from "../ui/Section";
import { type PageOf, rowsOf, usePaged } from "../ui/usePaged";
import { ArchiveButton } from "./ArchiveButton";

interface Row {
  id: string;
  version: number;
  archived_at?: string | null;
}

export interface ListWish {
  q: string | undefined;
  archived: "no" | "only";
  cursor: string | undefined;
  signal: AbortSignal;
}

interface Props<R extends Row> {
  queryKey: string;
  label: string;
  newLabel: string;
  columns: Column<R>[];
  fields: Field[];
  nameOf: (row: R) => string;
  list: (wish: ListWish) => Promise<PageOf<R>>;
  create?: (body: Record<string, unknown>) => Promise<unknown>;
  update?: (row: R, body: Record<string, unknown>) => Promise<unknown>;
  archive?: (row: R) => Promise<unknown>;
  restore?: (row: R) => Promise<unknown>;
  emptyHint: string;
  /** Shown after something was made: a link to hand over. */
  made?: (answer: unknown) => ReactNode;
}

/** Records of one kind: find, add, change, put away and bring back. */
export function RecordsTab<R extends Row>(props: Props<R>) {
  const { queryKey, columns, fields, nameOf, create, update, archive, restore } = props;
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [query] = useDebouncedValue(typed.trim(), 200);
  const [archived, setArchived] = useState(false);
  const [edited, setEdited] = useState<R | "new" | null>(null);
  const [answer, setAnswer] = useState<unknown>(null);
  const rows = usePaged([queryKey, "records", query, archived], (cursor, signal) =>
    props.list({ q: query || undefined, archived: archived ? "only" : "no", cursor, signal }),
  );
  const save = useAction({
    run: async (body: Record<string, unknown>): Promise<unknown> =>
      edited === "new" ? create?.(body) : edited ? update?.(edited, body) : undefined,
    touches: [[queryKey]],
    done: () => t("common.saved"),
    after: (made) => {
      if (edited === "new") setAnswer(made);
      setEdited(null);
    },
  });
  const close = () => {
    setEdited(null);
    save.reset();
  };
  const withVerbs: Column<R>[] = [
    ...columns,
    {
      key: "verbs",
      header: "",
      align: "right",
      phone: "side",
      cell: (row) => (
        <Group gap={6} justify="flex-end" wrap="nowrap">
          {update && !row.archived_at ? (
            <Button size="compact-xs" variant="default" onClick={() => setEdited(row)}>
              {t("common.edit")}
            </Button>
          ) : null}
          {archive && restore ? (
            <ArchiveButton
              row={row}
              name={nameOf(row)}
              queryKey={queryKey}
              archive={archive}
              restore={restore}
            />
          ) : null}
        </Group>
      ),
    },
  ];
  return (
    <>
      <FilterBar>
        <TextInput
          aria-label={t("common.search")}
          placeholder={t("common.search")}
          leftSection={<Search size={15} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {archive ? (
          <ToggleChip label={t("common.archived")} on={archived} onChange={setArchived} />
        ) : null}
        {create ? (
          <Button ml="auto" onClick={() => setEdited("new")} data-testid="add-record">
            {props.newLabel}
          </Button>
        ) : null}
      </FilterBar>
      {answer && props.made ? props.made(answer) : null}
      <Section flush>
        <DataTable
          label={props.label}
          columns={update || archive ? withVerbs : columns}
          rowKey={(row) => row.id}
          empty={
            <EmptyState
              title={query ? t("common.nothingFound") : t("administration.nothingYet")}
              hint={query ? undefined : props.emptyHint}
            />
          }
          {...rowsOf(rows)}
        />
      </Section>
      {edited ? (
        <RecordDialog
          title={edited === "new" ? props.newLabel : nameOf(edited)}
          fields={fields}
          record={edited === "new" ? null : edited}
          save={save}
          onClose={close}
        />
      ) : null}
    </>
  );
}
