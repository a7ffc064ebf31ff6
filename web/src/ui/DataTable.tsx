import { Button, Skeleton } from "@mantine/core";
import { type LinkProps, useNavigate } from "@tanstack/react-router";
import type { KeyboardEvent, MouseEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ChooseAll, ChooseOne, type Selection } from "./Choose";
import classes from "./DataTable.module.css";
import { ErrorState } from "./ErrorState";

export interface Column<Row> {
  key: string;
  header: ReactNode;
  cell: (row: Row) => ReactNode;
  /** `main` heads the card on a phone, `side` stands at its right, `hidden` is left out there. */
  phone?: "main" | "side" | "hidden";
  align?: "right";
  width?: string;
}

interface Props<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[] | undefined;
  rowKey: (row: Row) => string;
  rowLink?: (row: Row) => LinkProps;
  /** Opens a row that has no page of its own. */
  onOpen?: (row: Row) => void;
  selection?: Selection;
  /** Marks a row that wants attention. */
  rowTone?: (row: Row) => string | undefined;
  empty: ReactNode;
  error?: unknown;
  retry?: () => void;
  more?: { load: () => void; loading: boolean };
  /** How many rows of skeleton keep the place while loading. */
  expect?: number;
}

function moveFocus(event: KeyboardEvent<HTMLTableRowElement>) {
  const step = {
    ArrowDown: "nextElementSibling",
    j: "nextElementSibling",
    ArrowUp: "previousElementSibling",
    k: "previousElementSibling",
  }[event.key];
  if (!step) return;
  const next = event.currentTarget[step as "nextElementSibling"];
  if (next instanceof HTMLElement) {
    event.preventDefault();
    next.focus();
  }
}

/** Rows of one kind: a table where there is room, cards on a phone; arrow keys or j/k move, Enter opens. */
export function DataTable<Row>(props: Props<Row>) {
  const {
    label,
    columns,
    rows,
    rowKey,
    rowLink,
    onOpen,
    rowTone,
    selection,
    empty,
    error,
    retry,
    more,
    expect = 6,
  } = props;
  const { t } = useTranslation();
  const navigate = useNavigate();

  if (error && !rows) return <ErrorState error={error} retry={retry} />;
  if (rows && rows.length === 0) return <>{empty}</>;

  const open = (row: Row) => {
    const link = rowLink?.(row);
    if (link) void navigate(link as never);
    else onOpen?.(row);
  };
  const opens = rowLink !== undefined || onOpen !== undefined;
  const clicked = (event: MouseEvent, row: Row) => {
    const inner = (event.target as HTMLElement).closest("a, button, input, label");
    if (!inner && !window.getSelection()?.toString()) open(row);
  };

  return (
    <div className={classes.wrap}>
      <table className={classes.table} aria-label={label} aria-busy={!rows}>
        <thead>
          <tr>
            {selection ? <ChooseAll selection={selection} keys={rows?.map(rowKey) ?? []} /> : null}
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                data-align={column.align}
                style={{ width: column.width }}
              >
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows
            ? rows.map((row) => (
                <tr
                  key={rowKey(row)}
                  tabIndex={opens ? 0 : undefined}
                  data-open={opens || undefined}
                  data-tone={rowTone?.(row)}
                  data-row={rowKey(row)}
                  data-chosen={selection?.chosen.has(rowKey(row)) || undefined}
                  onClick={opens ? (event) => clicked(event, row) : undefined}
                  onKeyDown={
                    opens
                      ? (event) => {
                          if (event.key === "Enter" && event.target === event.currentTarget)
                            open(row);
                          else moveFocus(event);
                        }
                      : undefined
                  }
                >
                  {selection ? <ChooseOne selection={selection} id={rowKey(row)} /> : null}
                  {columns.map((column) => (
                    <td key={column.key} data-align={column.align} data-phone={column.phone}>
                      {column.phone === undefined ? (
                        <span className={classes.label}>{column.header}</span>
                      ) : null}
                      <span className={classes.value}>{column.cell(row)}</span>
                    </td>
                  ))}
                </tr>
              ))
            : Array.from({ length: expect }, (_, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
                <tr key={index}>
                  {selection ? <td data-choose /> : null}
                  {columns.map((column) => (
                    <td key={column.key} data-phone={column.phone}>
                      <Skeleton height={14} width={column.align ? "50%" : "70%"} />
                    </td>
                  ))}
                </tr>
              ))}
        </tbody>
      </table>
      {more ? (
        <div className={classes.more}>
          <Button variant="default" size="xs" onClick={more.load} loading={more.loading}>
            {t("common.loadMore")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
