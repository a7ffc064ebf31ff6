import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Selection } from "../ui/Choose";
import { type Column, DataTable } from "../ui/DataTable";
import { AlarmLink, AssetLink } from "../ui/links";
import { Severity } from "../ui/Severity";
import { StatusChip } from "../ui/StatusChip";
import { TimeAgo } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { useLocal } from "../ui/useLocal";
import { type Paged, rowsOf } from "../ui/usePaged";
import type { Alarm } from "./api";
import { HiddenBy } from "./HiddenBy";
import { owesNote } from "./isa";
import { VerdictMenu } from "./Verdict";

interface Props {
  alarms: Paged<Alarm>;
  empty: ReactNode;
  withoutAsset?: boolean;
  expect?: number;
  /** Shows only the first of them. */
  limit?: number;
  selection?: Selection;
  /** Shows what the alarms turned out to be, and asks. */
  withVerdict?: boolean;
}

/** Alarms as rows; a bar at the left marks what nobody has acknowledged. */
export function AlarmTable(props: Props) {
  const { alarms, empty, withoutAsset = false, expect, limit, selection, withVerdict } = props;
  const { t } = useTranslation();
  const word = useEnum();
  const local = useLocal();
  const columns: (Column<Alarm> | false)[] = [
    {
      key: "severity",
      header: t("alarms.severity"),
      phone: "side",
      cell: (row) => <Severity level={row.severity} />,
    },
    {
      key: "what",
      header: t("alarms.alarm"),
      width: "40%",
      phone: "main",
      cell: (row) => (
        <>
          <AlarmLink id={row.id}>{local(row.summary)}</AlarmLink>
          <HiddenBy alarm={row} />
        </>
      ),
    },
    !withoutAsset && {
      key: "asset",
      header: t("common.asset"),
      cell: (row) => (
        <AssetLink id={row.asset_id} name={row.asset_name} serial={row.asset_serial} />
      ),
    },
    {
      key: "mode",
      header: t("tickets.failureMode"),
      cell: (row) => word("failureMode", row.failure_mode),
    },
    {
      key: "state",
      header: t("common.state"),
      cell: (row) => <StatusChip of="isaState" state={row.isa_state} />,
    },
    { key: "onset", header: t("common.since"), cell: (row) => <TimeAgo at={row.onset_at} /> },
    withVerdict === true && {
      key: "verdict",
      header: t("alarms.verdict"),
      cell: (row) => <VerdictMenu alarm={row} />,
    },
  ];
  return (
    <DataTable
      label={t("alarms.title")}
      columns={columns.filter((column): column is Column<Alarm> => column !== false)}
      rowKey={(row) => row.id}
      rowLink={(row) => ({ to: "/alarms/$alarmId", params: { alarmId: row.id } })}
      rowTone={(row) => (owesNote(row) && !row.hidden_by ? row.severity : undefined)}
      selection={selection}
      empty={empty}
      expect={expect}
      {...rowsOf(alarms, limit)}
    />
  );
}
