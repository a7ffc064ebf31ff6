import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Ticket } from "../tickets/api";
import { Due } from "../tickets/Due";
import tickets from "../tickets/tickets.module.css";
import { type Column, DataTable } from "../ui/DataTable";
import { AssetLink, ComplaintLink } from "../ui/links";
import { Nothing } from "../ui/Nothing";
import { Priority } from "../ui/Priority";
import { StatusChip } from "../ui/StatusChip";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { type Paged, rowsOf } from "../ui/usePaged";

interface Props {
  complaints: Paged<Ticket>;
  empty: ReactNode;
  withoutAsset?: boolean;
  expect?: number;
  /** Shows only the first of them. */
  limit?: number;
}

/** Complaints as rows. */
export function ComplaintTable({ complaints, empty, withoutAsset = false, expect, limit }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const columns: Column<Ticket>[] = [
    {
      key: "title",
      header: t("complaints.complaint"),
      phone: "main",
      cell: (row) => (
        <>
          <ComplaintLink id={row.id} number={row.number} />
          <span className={tickets.title}>{row.title}</span>
          <span className={tickets.titleSub}>
            {word("complaintCategory", String(row.fields.category ?? ""))}
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
    { key: "customer", header: t("common.customer"), cell: (row) => row.organisation_name },
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
      key: "assignee",
      header: t("tickets.assignee"),
      phone: "hidden",
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
      label={t("complaints.title")}
      columns={
        withoutAsset ? columns.filter(({ key }) => key !== "asset" && key !== "customer") : columns
      }
      rowKey={(row) => row.id}
      rowLink={(row) => ({ to: "/complaints/$complaintId", params: { complaintId: row.id } })}
      rowTone={(row) => (row.priority === "P0" && !row.closed_at ? "critical" : undefined)}
      empty={empty}
      expect={expect}
      {...rowsOf(complaints, limit)}
    />
  );
}
