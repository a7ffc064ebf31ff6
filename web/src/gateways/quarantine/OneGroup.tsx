import { Button, Group } from "@mantine/core";
import { ArrowLeft, PackageCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { Facts } from "../../ui/Facts";
import { count } from "../../ui/format";
import { Section } from "../../ui/Section";
import { StatusChip } from "../../ui/StatusChip";
import { TechnicalDetail } from "../../ui/TechnicalDetail";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { rowsOf } from "../../ui/usePaged";
import classes from "../gateways.module.css";
import { bytes } from "../one/bytes";
import {
  type Quarantined,
  type QuarantineGroup,
  type QuarantineWish,
  useGroups,
  useQuarantine,
} from "./api";
import { DecideDialog } from "./DecideDialog";
import { EntryDialog } from "./EntryDialog";
import type { Verb } from "./useDecide";

interface Props {
  /** Names the reason and the source. */
  wish: QuarantineWish;
  onBack: () => void;
}

/** One reason and source: its sums, its entries, and what is to become of all of it. */
export function OneGroup({ wish, onBack }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay()("gateways.manage");
  const entries = useQuarantine(wish);
  const groups = useGroups(wish);
  const group = groups.data?.pages[0]?.items[0];
  const [opened, setOpened] = useState<string | null>(null);
  const [deciding, setDeciding] = useState<{ verb: Verb; group: QuarantineGroup } | null>(null);
  const isOpen = (wish.state ?? "open") === "open";
  return (
    <>
      <div>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<ArrowLeft size={14} />}
          onClick={onBack}
          data-testid="all-groups"
        >
          {t("gateways.allGroups")}
        </Button>
      </div>
      <Section
        title={word("quarantineReason", wish.reason)}
        testId="quarantine-group"
        aside={
          group && may && isOpen ? (
            <Group gap={8}>
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => setDeciding({ verb: "drop", group })}
                data-testid="drop-group"
              >
                {t("gateways.dropAll")}
              </Button>
              {group.replayable ? (
                <Button
                  size="compact-sm"
                  onClick={() => setDeciding({ verb: "replay", group })}
                  data-testid="replay-group"
                >
                  {t("gateways.replayAll")}
                </Button>
              ) : null}
            </Group>
          ) : null
        }
      >
        <Facts
          items={[
            {
              label: t("gateways.from"),
              value: group?.gateway_name ?? <span className={classes.code}>{wish.source}</span>,
            },
            { label: t("gateways.entries"), value: group ? count(group.entries) : null },
            { label: t("gateways.readings"), value: group ? count(group.readings) : null },
            { label: t("gateways.size"), value: bytes(group?.size_bytes) },
            {
              label: t("gateways.firstSeen"),
              value: group ? <TimeAgo at={group.first_seen_at} exact /> : null,
            },
            {
              label: t("gateways.lastSeenThere"),
              value: group ? <TimeAgo at={group.last_seen_at} exact /> : null,
            },
          ]}
        />
        {group && !group.replayable && isOpen ? (
          <p className={classes.detail} style={{ margin: 0 }}>
            {t("gateways.neverReplayable")}
          </p>
        ) : null}
      </Section>
      <Section title={t("gateways.entries")} flush testId="quarantine-entries">
        <DataTable<Quarantined>
          label={t("gateways.entries")}
          rowKey={(row) => row.id}
          expect={4}
          onOpen={(row) => setOpened(row.id)}
          empty={<EmptyState icon={PackageCheck} title={t("gateways.quarantineEmpty")} />}
          columns={[
            {
              key: "seen",
              header: t("gateways.lastSeenThere"),
              phone: "main",
              cell: (row) => (
                <>
                  <button
                    type="button"
                    className={classes.rowButton}
                    onClick={() => setOpened(row.id)}
                  >
                    <TimeAgo at={row.last_seen_at} />
                  </button>
                  <TechnicalDetail text={row.detail} />
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
              key: "kind",
              header: t("common.kind"),
              cell: (row) => word("quarantineKind", row.kind),
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
              phone: "hidden",
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
          ]}
          {...rowsOf(entries)}
        />
      </Section>
      {opened ? <EntryDialog entryId={opened} onClose={() => setOpened(null)} /> : null}
      {deciding ? <DecideDialog {...deciding} onClose={() => setDeciding(null)} /> : null}
    </>
  );
}
