import { Button } from "@mantine/core";
import { BellRing, MailCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { Page, TwoColumns } from "../ui/Page";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { TimeAgo } from "../ui/TimeAgo";
import { rowsOf } from "../ui/usePaged";
import { AddChannelDialog } from "./AddChannelDialog";
import { useChannels, useOwnNotices, usePreferences } from "./api";
import { ChannelPanel } from "./ChannelPanel";
import { HoursPanel } from "./HoursPanel";
import { useReason, useSubject } from "./words";

/** One's own page: channels, hours, and what was sent. */
export function NoticesPage() {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const channels = useChannels();
  const preferences = usePreferences();
  const sent = useOwnNotices();
  const subject = useSubject();
  const reason = useReason();
  return (
    <Page
      title={t("notices.title")}
      subtitle={t("notices.subtitle")}
      actions={<Button onClick={() => setAdding(true)}>{t("notices.add")}</Button>}
    >
      <TwoColumns
        main={
          <>
            <QueryState query={channels} height={240}>
              {(list) =>
                list.items.length === 0 ? (
                  <Section title={t("notices.channels")}>
                    <EmptyState
                      icon={BellRing}
                      title={t("notices.noChannels")}
                      hint={t("notices.noChannelsHint")}
                    />
                  </Section>
                ) : (
                  list.items.map((channel) => <ChannelPanel key={channel.id} channel={channel} />)
                )
              }
            </QueryState>
            <Section title={t("notices.sent")} flush>
              <DataTable
                label={t("notices.sent")}
                rowKey={(row) => row.id}
                empty={
                  <EmptyState
                    icon={MailCheck}
                    title={t("notices.noneSent")}
                    hint={t("notices.noneSentHint")}
                  />
                }
                columns={[
                  { key: "subject", header: t("notices.subject"), phone: "main", cell: subject },
                  { key: "channel", header: t("notices.channel"), cell: (row) => row.channel_hint },
                  {
                    key: "state",
                    header: t("notices.state"),
                    phone: "side",
                    cell: (row) =>
                      [t(`notices.states.${row.state}`), reason(row)].filter(Boolean).join(" · "),
                  },
                  {
                    key: "when",
                    header: t("notices.when"),
                    cell: (row) => <TimeAgo at={row.ended_at ?? row.due_at} />,
                  },
                ]}
                {...rowsOf(sent)}
              />
            </Section>
          </>
        }
        side={
          <QueryState query={preferences} height={320}>
            {(saved) => <HoursPanel saved={saved} />}
          </QueryState>
        }
      />
      {adding ? <AddChannelDialog onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}
