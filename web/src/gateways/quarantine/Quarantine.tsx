import { PackageCheck, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { FilterBar, FilterChip } from "../../ui/FilterChips";
import { count } from "../../ui/format";
import { Section } from "../../ui/Section";
import { StatusChip } from "../../ui/StatusChip";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { rowsOf } from "../../ui/usePaged";
import { useGateways } from "../api";
import classes from "../gateways.module.css";
import { bytes } from "../one/bytes";
import { type Quarantined, type QuarantineWish, useQuarantine } from "./api";
import { EntryDialog } from "./EntryDialog";
import { REASONS, STATES } from "./reasons";

interface Props {
  /** Only what this gateway sent. */
  of?: string;
  wish: QuarantineWish;
  onWish: (change: QuarantineWish) => void;
}

/** What could not be stored and why, to be looked at, replayed once that is put right, or given up. */
export function Quarantine({ of, wish, onWish }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const entries = useQuarantine({ ...wish, gatewayId: of ?? wish.gatewayId });
  const gateways = useGateways();
  const [opened, setOpened] = useState<string | null>(null);
  const nameOf = (row: Quarantined) =>
    gateways.data?.items.find((each) => each.id === row.agent_id)?.name ?? row.source;
  const isFiltered = Boolean(wish.state || wish.reason || (!of && wish.gatewayId));
  return (
    <>
      <FilterBar>
        {of ? null : (
          <FilterChip
            label={t("gateways.gateway")}
            choices={(gateways.data?.items ?? []).map(({ id, name }) => ({
              value: id,
              label: name,
            }))}
            value={wish.gatewayId}
            onChange={(gatewayId) => onWish({ ...wish, gatewayId })}
          />
        )}
        <FilterChip
          label={t("common.state")}
          choices={STATES.map((value) => ({ value, label: word("quarantineState", value) }))}
          value={wish.state}
          onChange={(state) => onWish({ ...wish, state })}
        />
        <FilterChip
          label={t("gateways.why")}
          choices={REASONS.map((value) => ({ value, label: word("quarantineReason", value) }))}
          value={wish.reason}
          onChange={(reason) => onWish({ ...wish, reason })}
        />
      </FilterBar>
      <Section flush>
        <DataTable<Quarantined>
          label={t("gateways.tabs.quarantine")}
          rowKey={(row) => row.id}
          expect={4}
          onOpen={(row) => setOpened(row.id)}
          empty={
            isFiltered ? (
              <EmptyState icon={Search} title={t("common.nothingFound")} />
            ) : (
              <EmptyState
                icon={PackageCheck}
                title={t("gateways.quarantineEmpty")}
                hint={t("gateways.quarantineHint")}
              />
            )
          }
          columns={[
            {
              key: "why",
              header: t("gateways.why"),
              phone: "main",
              cell: (row) => (
                <>
                  <div style={{ fontWeight: 550 }}>{word("quarantineReason", row.reason)}</div>
                  <div className={classes.detail}>{row.detail}</div>
                </>
              ),
            },
            {
              key: "state",
              header: t("common.state"),
              phone: "side",
              cell: (row) => <StatusChip of="quarantineState" state={row.state} />,
            },
            {
              key: "source",
              header: t("gateways.from"),
              cell: (row) => nameOf(row),
            },
            {
              key: "readings",
              header: t("gateways.readings"),
              align: "right",
              cell: (row) => count(row.readings),
            },
            {
              key: "times",
              header: t("gateways.times"),
              align: "right",
              cell: (row) => count(row.occurrences),
            },
            {
              key: "size",
              header: t("gateways.size"),
              align: "right",
              phone: "hidden",
              cell: (row) => bytes(row.size_bytes),
            },
            {
              key: "first",
              header: t("gateways.firstSeen"),
              phone: "hidden",
              cell: (row) => <TimeAgo at={row.first_seen_at} />,
            },
            {
              key: "seen",
              header: t("gateways.lastSeenThere"),
              cell: (row) => <TimeAgo at={row.last_seen_at} />,
            },
          ]}
          {...rowsOf(entries)}
        />
      </Section>
      {opened ? <EntryDialog entryId={opened} onClose={() => setOpened(null)} /> : null}
    </>
  );
}
