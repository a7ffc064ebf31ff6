import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../ui/DataTable";
import { AssetLink, ClaimLink } from "../ui/links";
import { StatusChip } from "../ui/StatusChip";
import { DateOnly, TimeAgo } from "../ui/TimeAgo";
import { useLocal } from "../ui/useLocal";
import { type Paged, rowsOf } from "../ui/usePaged";
import type { Claim } from "./api";
import classes from "./claims.module.css";
import { readRefusal } from "./refusal";

interface Props {
  claims: Paged<Claim>;
  empty: ReactNode;
  expect?: number;
  /** Shows only the first of them. */
  limit?: number;
}

/** Claims as rows; a refused one says why at once. */
export function ClaimTable({ claims, empty, expect, limit }: Props) {
  const { t } = useTranslation();
  const local = useLocal();
  const columns: Column<Claim>[] = [
    {
      key: "number",
      header: t("claims.claim"),
      phone: "main",
      cell: (row) => {
        const refusal = readRefusal(row.refusal);
        return (
          <>
            <ClaimLink id={row.id} number={row.number} />
            {refusal ? <div className={classes.quiet}>{local(refusal.explanation)}</div> : null}
          </>
        );
      },
    },
    {
      key: "state",
      header: t("common.state"),
      phone: "side",
      cell: (row) => <StatusChip of="claimState" state={row.state} />,
    },
    {
      key: "machine",
      header: t("common.asset"),
      cell: (row) => <AssetLink id={row.asset_id} name={row.serial_number} />,
    },
    {
      key: "parts",
      header: t("claims.parts"),
      cell: (row) => row.lines.map((line) => `${line.part_number} · ${line.position}`).join(", "),
    },
    {
      key: "failure",
      header: t("claims.failureOn"),
      cell: (row) => <DateOnly on={row.failure_on} />,
    },
    {
      key: "claimant",
      header: t("claims.claimant"),
      phone: "hidden",
      cell: (row) => row.claimant_name,
    },
    {
      key: "when",
      header: t("claims.submitted"),
      cell: (row) => <TimeAgo at={row.submitted_at ?? row.created_at} />,
    },
  ];
  return (
    <DataTable
      label={t("claims.title")}
      columns={columns}
      rowKey={(row) => row.id}
      rowLink={(row) => ({ to: "/claims/$claimId", params: { claimId: row.id } })}
      empty={empty}
      expect={expect}
      {...rowsOf(claims, limit)}
    />
  );
}
