import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { count, percent } from "../../ui/format";
import { AlarmLink, AssetLink } from "../../ui/links";
import { Nothing } from "../../ui/Nothing";
import { Section } from "../../ui/Section";
import { Severity } from "../../ui/Severity";
import { StatusChip } from "../../ui/StatusChip";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { useLocal } from "../../ui/useLocal";

type Performance = Schemas["AlarmPerformance"];

interface Props {
  found: Performance;
}

type Machine = Pick<Schemas["BadActor"], "asset_id" | "asset_name" | "asset_serial">;

const machine = (row: Machine) => (
  <AssetLink id={row.asset_id} name={row.asset_name} serial={row.asset_serial} />
);

interface Last {
  alarm_id: string;
  last_at: string;
}

/** The columns that both lists of machines have. */
function useColumns<Row extends Machine & Last>() {
  const { t } = useTranslation();
  return {
    machine: { key: "asset", header: t("common.asset"), phone: "main", cell: machine },
    times: (of: (row: Row) => number) => ({
      key: "times",
      header: t("performance.times"),
      align: "right",
      phone: "side",
      cell: (row) => count(of(row)),
    }),
    last: {
      key: "last",
      header: t("performance.last"),
      cell: (row) => (
        <AlarmLink id={row.alarm_id}>
          <TimeAgo at={row.last_at} />
        </AlarmLink>
      ),
    },
  } satisfies Record<string, Column<Row> | ((of: (row: Row) => number) => Column<Row>)>;
}

/** Which machines and series told most; mending the first few helps most. */
export function BadActors({ found }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const columns = useColumns<Schemas["BadActor"]>();
  return (
    <Section
      title={t("performance.badActors")}
      aside={
        found.bad_actors.length > 0
          ? t("performance.topPart", { share: percent(found.top_part) })
          : null
      }
      flush
    >
      <DataTable
        label={t("performance.badActors")}
        rows={found.bad_actors}
        rowKey={(row) => `${row.asset_id} ${row.category} ${row.series_name}`}
        empty={<EmptyState small title={t("performance.noAlarms")} />}
        columns={[
          columns.machine,
          {
            key: "series",
            header: t("alarms.series"),
            cell: (row) => row.series_name ?? word("alarmCategory", row.category),
          },
          columns.times((row) => row.told),
          {
            key: "part",
            header: t("performance.part"),
            align: "right",
            cell: (row) => percent(row.part),
          },
          {
            key: "wrong",
            header: t("performance.wrong"),
            align: "right",
            cell: (row) =>
              row.false + row.nuisance ? count(row.false + row.nuisance) : <Nothing />,
          },
          columns.last,
        ]}
      />
    </Section>
  );
}

/** What came and went again and again. */
export function Chattering({ found }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const columns = useColumns<Performance["chattering"][number]>();
  return (
    <Section title={t("performance.chattering")} flush>
      <DataTable
        label={t("performance.chattering")}
        rows={found.chattering}
        rowKey={(row) => row.alarm_id}
        empty={<EmptyState small title={t("performance.noChattering")} />}
        columns={[
          columns.machine,
          {
            key: "category",
            header: t("alarms.category"),
            cell: (row) => word("alarmCategory", row.category),
          },
          columns.times((row) => row.times),
          columns.last,
        ]}
      />
    </Section>
  );
}

/** What has stood for so long that nobody looks at it any more. */
export function Stale({ found }: Props) {
  const { t } = useTranslation();
  const local = useLocal();
  return (
    <Section title={t("performance.stale")} flush>
      <DataTable
        label={t("performance.stale")}
        rows={found.oldest}
        rowKey={(row) => row.id}
        rowLink={(row) => ({ to: "/alarms/$alarmId", params: { alarmId: row.id } })}
        empty={<EmptyState small title={t("performance.noStale")} />}
        columns={[
          {
            key: "what",
            header: t("alarms.alarm"),
            phone: "main",
            cell: (row) => <AlarmLink id={row.id}>{local(row.summary)}</AlarmLink>,
          },
          {
            key: "severity",
            header: t("alarms.severity"),
            phone: "side",
            cell: (row) => <Severity level={row.severity} />,
          },
          { key: "asset", header: t("common.asset"), cell: machine },
          {
            key: "state",
            header: t("common.state"),
            cell: (row) => <StatusChip of="isaState" state={row.isa_state} />,
          },
          { key: "since", header: t("common.since"), cell: (row) => <TimeAgo at={row.onset_at} /> },
        ]}
      />
    </Section>
  );
}
