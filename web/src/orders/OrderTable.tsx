import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Ticket } from "../tickets/api";
import { Due } from "../tickets/Due";
import tickets from "../tickets/tickets.module.css";
import { useTicketTitle } from "../tickets/useTicketTitle";
import { type Column, DataTable } from "../ui/DataTable";
import { AssetLink, OrderLink } from "../ui/links";
import { Nothing } from "../ui/Nothing";
import { Priority } from "../ui/Priority";
import { StatusChip } from "../ui/StatusChip";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { type Paged, rowsOf } from "../ui/usePaged";

interface Props {
  orders: Paged<Ticket>;
  empty: ReactNode;
  /** On an asset's own page its name says nothing. */
  withoutAsset?: boolean;
  expect?: number;
  /** Shows only the first of them. */
  limit?: number;
}

/** Work orders as rows. */
export function OrderTable({ orders, empty, withoutAsset = false, expect, limit }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const titleOf = useTicketTitle();
  const columns: Column<Ticket>[] = [
    {
      key: "title",
      header: t("orders.order"),
      phone: "main",
      cell: (row) => (
        <>
          <OrderLink id={row.id} number={row.number} />
          <span className={tickets.title}>{titleOf(row)}</span>
          <span className={tickets.titleSub}>
            {word("ticketKind", row.kind)}
            {row.failure_mode === "unspecified"
              ? null
              : ` · ${word("failureMode", row.failure_mode)}`}
          </span>
        </>
      ),
    },
    {
      key: "priority",
      header: t("tickets.priority"),
      phone: "side",
      cell: (row) => <Priority level={row.priority} over={!row.open} />,
    },
    {
      key: "stage",
      header: t("tickets.stage"),
      cell: (row) => <StatusChip of="stage" state={row.stage} />,
    },
    {
      key: "asset",
      header: t("common.asset"),
      cell: (row) =>
        row.asset_id ? (
          <AssetLink id={row.asset_id} name={row.asset_name ?? ""} serial={row.asset_serial} />
        ) : (
          <Nothing />
        ),
    },
    {
      key: "customer",
      header: t("common.customer"),
      phone: "hidden",
      cell: (row) => row.organisation_name,
    },
    {
      key: "assignee",
      header: t("tickets.assignee"),
      cell: (row) => row.assignee_name ?? <Nothing />,
    },
    { key: "due", header: t("tickets.due"), cell: (row) => <Due ticket={row} /> },
    {
      key: "created",
      header: t("common.created"),
      phone: "hidden",
      cell: (row) => <TimeAgo at={row.created_at} />,
    },
  ];
  return (
    <DataTable
      label={t("orders.title")}
      columns={
        withoutAsset ? columns.filter(({ key }) => key !== "asset" && key !== "customer") : columns
      }
      rowKey={(row) => row.id}
      rowLink={(row) => ({ to: "/work-orders/$orderId", params: { orderId: row.id } })}
      rowTone={(row) => (row.priority === "P0" && !row.closed_at ? "critical" : undefined)}
      empty={empty}
      expect={expect}
      {...rowsOf(orders, limit)}
    />
  );
}
