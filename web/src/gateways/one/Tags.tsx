import { Select, Tooltip } from "@mantine/core";
import { Search, Tags as TagsIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { useLineState } from "../../live/connection";
import { useLiveReadings } from "../../live/useLiveReadings";
import { DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { FilterBar, ToggleChip } from "../../ui/FilterChips";
import { FindBox } from "../../ui/FindBox";
import { AssetLink } from "../../ui/links";
import { Nothing } from "../../ui/Nothing";
import { Quantity } from "../../ui/Quantity";
import { Section } from "../../ui/Section";
import { StatusChip } from "../../ui/StatusChip";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { rowsOf } from "../../ui/usePaged";
import { type Gateway, useMachines, useTags } from "../api";
import classes from "../gateways.module.css";
import { qualityOf, statusHex } from "../quality";
import { type Shown, withLiveValues } from "./liveTags";

const ALL = "all";
const ASK_AGAIN_MS = 5_000;

interface Props {
  gateway: Gateway;
  q: string | undefined;
  machine: string | undefined;
  /** Those that are read no more, in the place of those that are. */
  removed: boolean;
  onWish: (change: { q?: string; asset?: string; removed?: string }) => void;
}

/** What a gateway reads: each tag, the machine it belongs to, its value now and how good that is. */
export function Tags({ gateway, q, machine, removed, onWish }: Props) {
  const { t } = useTranslation();
  const machines = useMachines(gateway.id);
  const first = machines.data?.[0]?.id;
  // What is gone is looked for everywhere, unless somebody says where.
  const chosen = machine === ALL ? undefined : (machine ?? (removed ? undefined : first));
  return (
    <>
      <FilterBar>
        <FindBox
          label={t("gateways.findTag")}
          value={q}
          onChange={(words) => onWish({ q: words })}
        />
        {machines.data && machines.data.length > 1 ? (
          <Select
            aria-label={t("gateways.machine")}
            data={[
              { value: ALL, label: t("gateways.allMachines") },
              ...machines.data.map(({ id, name, serial }) => ({
                value: id,
                label: `${name} · ${serial}`,
              })),
            ]}
            value={chosen ?? ALL}
            onChange={(value) => onWish({ asset: value ?? undefined })}
            allowDeselect={false}
            searchable
            w={280}
          />
        ) : null}
        <ToggleChip
          label={t("gateways.removedTags")}
          on={removed}
          onChange={(on) => onWish({ removed: on ? "yes" : undefined })}
        />
      </FilterBar>
      {machines.data || machines.isError ? (
        <TagTable gateway={gateway} q={q} machine={chosen} removed={removed} />
      ) : (
        <Section flush>
          <DataTable
            label={t("gateways.tags")}
            columns={[]}
            rows={undefined}
            rowKey={String}
            empty={null}
          />
        </Section>
      )}
    </>
  );
}

function TagTable({ gateway, q, machine, removed }: Omit<Props, "onWish">) {
  const { t } = useTranslation();
  const word = useEnum();
  const mayFollow = useMay()("telemetry.read");
  const tags = useTags(
    gateway.id,
    { q, assetId: machine, removed },
    machine || removed ? undefined : ASK_AGAIN_MS,
  );
  const live = useLiveReadings(mayFollow && !removed ? (machine ?? null) : null);
  const isLive = useLineState() === "open" && mayFollow && !removed;
  const { rows, ...rest } = rowsOf(tags);
  return (
    <Section
      title={t("gateways.tags")}
      flush
      aside={
        isLive ? (
          <span className={classes.live} title={machine ? undefined : t("gateways.pollHint")}>
            {t("gateways.live")}
          </span>
        ) : null
      }
    >
      <DataTable<Shown>
        label={t("gateways.tags")}
        rowKey={(row) => row.tag}
        rows={rows && withLiveValues(rows, live)}
        {...rest}
        empty={
          q ? (
            <EmptyState icon={Search} title={t("common.nothingFound")} />
          ) : removed ? (
            <EmptyState icon={TagsIcon} title={t("gateways.noRemovedTags")} />
          ) : (
            <EmptyState
              icon={TagsIcon}
              title={t("gateways.noTags")}
              hint={t("gateways.noTagsHint")}
            />
          )
        }
        columns={[
          {
            key: "tag",
            header: t("gateways.series"),
            phone: "main",
            cell: (row) => (
              <>
                <div style={{ fontWeight: 550 }}>{row.series_name}</div>
                <div className={classes.detail}>{word("seriesKind", row.kind)}</div>
              </>
            ),
          },
          {
            key: "value",
            header: t("gateways.value"),
            align: "right",
            phone: "side",
            cell: (row) => (
              <span data-testid={`tag-value-${row.series_name}`} style={{ fontWeight: 600 }}>
                <Quantity value={row.shown?.value} unit={row.unit} steady />
              </span>
            ),
          },
          {
            key: "quality",
            header: t("gateways.quality"),
            cell: (row) => <QualityMark status={row.shown?.quality} />,
          },
          {
            key: "at",
            header: t("gateways.measured"),
            cell: (row) => <TimeAgo at={row.shown?.at} />,
          },
          {
            key: "machine",
            header: t("common.asset"),
            cell: (row) => (
              <AssetLink id={row.asset_id} name={row.asset_name} serial={row.asset_serial} />
            ),
          },
          {
            key: "name",
            header: t("gateways.tag"),
            phone: "hidden",
            cell: (row) => <span className={classes.code}>{row.tag}</span>,
          },
        ]}
      />
    </Section>
  );
}

function QualityMark({ status }: { status: number | undefined }) {
  if (status === undefined) return <Nothing />;
  const chip = <StatusChip of="quality" state={qualityOf(status)} />;
  return status === 0 ? (
    chip
  ) : (
    <Tooltip label={statusHex(status)}>
      <span>{chip}</span>
    </Tooltip>
  );
}
