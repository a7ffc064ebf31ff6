import { Alert, Button } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Mail } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { FilterBar, FilterChip } from "../../ui/FilterChips";
import { Page } from "../../ui/Page";
import { Section } from "../../ui/Section";
import { StatusChip } from "../../ui/StatusChip";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { rowsOf } from "../../ui/usePaged";
import { type Letter, STATES, useLetters, useMailSetup } from "./api";
import { LetterDialog } from "./LetterDialog";
import { LetterTicket } from "./LetterTicket";

const isState = (value: string | undefined): value is Letter["state"] =>
  STATES.some((state) => state === value);

/** What came to the desk's mailbox and what went out, what became of it, and what waits for a person. */
export function MailPage() {
  const { t } = useTranslation();
  const word = useEnum();
  const navigate = useNavigate();
  const search = useSearch({ from: "/complaints/mail" });
  const letters = useLetters(isState(search.state) ? search.state : undefined);
  const [shown, setShown] = useState<string | null>(null);
  const columns: Column<Letter>[] = [
    {
      key: "subject",
      header: t("mail.subject"),
      phone: "main",
      cell: (row) => (
        <Button
          variant="transparent"
          size="compact-sm"
          px={0}
          onClick={() => setShown(row.id)}
          data-testid="open-letter"
        >
          {row.subject || t("mail.noSubject")}
        </Button>
      ),
    },
    {
      key: "state",
      header: t("common.state"),
      phone: "side",
      cell: (row) => <StatusChip of="mailState" state={row.state} />,
    },
    {
      key: "who",
      header: t("mail.who"),
      cell: (row) =>
        row.direction === "in" ? row.sender : t("mail.toWhom", { who: row.recipient }),
    },
    {
      key: "reason",
      header: t("common.reason"),
      cell: (row) => (row.reason ? word("mailReason", row.reason) : null),
    },
    { key: "ticket", header: t("mail.ticket"), cell: (row) => <LetterTicket letter={row} /> },
    { key: "at", header: t("mail.at"), cell: (row) => <TimeAgo at={row.at} /> },
  ];
  return (
    <Page
      title={t("mail.title")}
      subtitle={t("mail.subtitle")}
      crumbs={[{ label: t("complaints.title"), to: "/complaints" }]}
    >
      <Setup />
      <FilterBar>
        <FilterChip
          label={t("common.state")}
          choices={STATES.map((value) => ({ value, label: word("mailState", value) }))}
          value={search.state}
          onChange={(state) =>
            void navigate({ to: "/complaints/mail", search: { state }, replace: true })
          }
        />
      </FilterBar>
      <Section flush testId="letters">
        <DataTable
          label={t("mail.title")}
          columns={columns}
          rowKey={(row) => row.id}
          empty={<EmptyState icon={Mail} title={t("mail.none")} hint={t("mail.noneHint")} />}
          {...rowsOf(letters)}
        />
      </Section>
      {shown ? <LetterDialog letterId={shown} onClose={() => setShown(null)} /> : null}
    </Page>
  );
}

function Setup() {
  const { t } = useTranslation();
  const setup = useMailSetup();
  if (!setup.data) return null;
  const { fetches, sends, problem } = setup.data;
  if (problem)
    return (
      <Alert color="red" title={t("mail.problem")} data-testid="mail-problem">
        {problem}
      </Alert>
    );
  if (fetches && sends) return null;
  return (
    <Alert color="gray" data-testid="mail-off">
      {t(fetches ? "mail.notSent" : sends ? "mail.notFetched" : "mail.off")}
    </Alert>
  );
}
