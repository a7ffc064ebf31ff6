import { useTranslation } from "react-i18next";
import { DataTable } from "../../ui/DataTable";
import { count } from "../../ui/format";
import { Nothing } from "../../ui/Nothing";
import { Section } from "../../ui/Section";
import { TechnicalDetail } from "../../ui/TechnicalDetail";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { rowsOf } from "../../ui/usePaged";
import classes from "../gateways.module.css";
import { type QuarantineGroup, type QuarantineWish, useGroups } from "./api";

interface Props {
  wish: QuarantineWish;
  onOpen: (group: QuarantineGroup) => void;
  empty: React.ReactNode;
}

/** What is in quarantine, by reason and source. */
export function Groups({ wish, onOpen, empty }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const groups = useGroups(wish);
  return (
    <Section flush testId="quarantine-groups">
      <DataTable<QuarantineGroup>
        label={t("gateways.tabs.quarantine")}
        rowKey={(row) => `${row.reason} ${row.source}`}
        expect={4}
        onOpen={onOpen}
        empty={empty}
        columns={[
          {
            key: "why",
            header: t("gateways.why"),
            phone: "main",
            cell: (row) => (
              <>
                <button type="button" className={classes.rowButton} onClick={() => onOpen(row)}>
                  {word("quarantineReason", row.reason)}
                </button>
                <TechnicalDetail text={row.detail} />
              </>
            ),
          },
          {
            key: "source",
            header: t("gateways.from"),
            cell: (row) => row.gateway_name ?? <span className={classes.code}>{row.source}</span>,
          },
          {
            key: "entries",
            header: t("gateways.entries"),
            align: "right",
            cell: (row) => count(row.entries),
          },
          {
            key: "readings",
            header: t("gateways.readings"),
            align: "right",
            cell: (row) => (row.readings > 0 ? count(row.readings) : <Nothing />),
          },
          {
            key: "times",
            header: t("gateways.times"),
            align: "right",
            phone: "hidden",
            cell: (row) => count(row.occurrences),
          },
          {
            key: "first",
            header: t("gateways.firstSeen"),
            cell: (row) => <TimeAgo at={row.first_seen_at} />,
          },
          {
            key: "seen",
            header: t("gateways.lastSeenThere"),
            cell: (row) => <TimeAgo at={row.last_seen_at} />,
          },
        ]}
        {...rowsOf(groups)}
      />
    </Section>
  );
}
