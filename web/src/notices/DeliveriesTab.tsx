import { Button, Group, NativeSelect } from "@mantine/core";
import { MailCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "../ui/ActionProblem";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar } from "../ui/FilterChips";
import { FormDialog } from "../ui/FormDialog";
import { ReasonInput } from "../ui/ReasonInput";
import { Section } from "../ui/Section";
import { TimeAgo } from "../ui/TimeAgo";
import { rowsOf } from "../ui/usePaged";
import { type Delivery, useDeliveries, useDrop, useSendAgain } from "./api";
import { useReason, useSubject } from "./words";

const STATES = ["dead", "waiting", "sending", "sent", "dropped"] as const;

/** What could not be delivered, to anybody: look, send again, drop with a reason. */
export function DeliveriesTab() {
  const { t } = useTranslation();
  const [state, setState] = useState<Delivery["state"] | "">("dead");
  const [dropping, setDropping] = useState<Delivery | null>(null);
  const list = useDeliveries(state || undefined);
  const again = useSendAgain();
  const subject = useSubject();
  const reason = useReason();
  return (
    <>
      <FilterBar>
        <NativeSelect
          aria-label={t("notices.state")}
          value={state}
          onChange={(event) => setState(event.currentTarget.value as Delivery["state"] | "")}
          data={[
            ...STATES.map((value) => ({
              value: value as string,
              label: t(`notices.states.${value}`),
            })),
            { value: "", label: t("notices.all") },
          ]}
        />
      </FilterBar>
      <ActionProblem error={again.error} onReload={again.reset} />
      <Section flush>
        <DataTable
          label={t("notices.deadLetters")}
          rowKey={(row) => row.id}
          empty={
            <EmptyState
              icon={MailCheck}
              title={t("notices.noDead")}
              hint={t("notices.noDeadHint")}
            />
          }
          columns={[
            { key: "subject", header: t("notices.subject"), phone: "main", cell: subject },
            { key: "to", header: t("notices.to"), cell: (row) => row.person_name },
            { key: "channel", header: t("notices.channel"), cell: (row) => row.channel_hint },
            {
              key: "state",
              header: t("notices.state"),
              cell: (row) =>
                [t(`notices.states.${row.state}`), reason(row)].filter(Boolean).join(" · "),
            },
            {
              key: "attempts",
              header: t("notices.attempts"),
              align: "right",
              cell: (row) => row.attempts,
            },
            {
              key: "when",
              header: t("notices.when"),
              cell: (row) => <TimeAgo at={row.ended_at ?? row.due_at} />,
            },
            {
              key: "verbs",
              header: "",
              align: "right",
              phone: "side",
              cell: (row) =>
                row.state === "dead" ? (
                  <Group gap={6} justify="flex-end" wrap="nowrap">
                    <Button
                      size="compact-xs"
                      variant="default"
                      disabled={again.isPending}
                      onClick={() => again.mutate(row.id)}
                    >
                      {t("notices.sendAgain")}
                    </Button>
                    <Button size="compact-xs" variant="default" onClick={() => setDropping(row)}>
                      {t("notices.drop")}
                    </Button>
                  </Group>
                ) : null,
            },
          ]}
          {...rowsOf(list)}
        />
      </Section>
      {dropping ? <DropDialog delivery={dropping} onClose={() => setDropping(null)} /> : null}
    </>
  );
}

function DropDialog({ delivery, onClose }: { delivery: Delivery; onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const drop = useDrop(onClose);
  return (
    <FormDialog
      opened
      danger
      onClose={onClose}
      title={t("notices.dropTitle")}
      submitLabel={t("notices.drop")}
      onSubmit={() => drop.mutate({ id: delivery.id, reason })}
      pending={drop.isPending}
      error={drop.error}
      disabled={!reason.trim()}
    >
      <ReasonInput value={reason} onChange={setReason} testId="drop-reason" />
    </FormDialog>
  );
}
