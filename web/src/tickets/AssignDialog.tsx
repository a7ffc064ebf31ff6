import { Radio, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "../ui/EmptyState";
import { FormDialog } from "../ui/FormDialog";
import { QueryState } from "../ui/QueryState";
import { useEnum } from "../ui/useEnum";
import { type Candidate, type Family, type TicketDetail, useCandidates, useMove } from "./api";

interface Props {
  family: Family;
  detail: TicketDetail;
  onClose: () => void;
}

/** Choosing who does the work, the best suited first, each with what speaks for them. */
export function AssignDialog({ family, detail, onClose }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const candidates = useCandidates(family, detail);
  const [chosen, setChosen] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const move = useMove(family, detail.id, detail.version, onClose);
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("tickets.actionOn", { action: word("action", "assign"), number: detail.number })}
      submitLabel={word("action", "assign")}
      pending={move.isPending}
      error={move.error}
      disabled={!chosen}
      onSubmit={() =>
        move.mutate({ action: "assign", assignee_id: chosen, reason: said.trim() || undefined })
      }
      testId="form-assign"
    >
      <QueryState query={candidates} height={180}>
        {(people) =>
          people.length === 0 ? (
            <EmptyState small title={t("tickets.nobody")} />
          ) : (
            <Radio.Group value={chosen} onChange={setChosen} aria-label={t("tickets.assignee")}>
              <Stack gap="xs">
                {people.map((person) => (
                  <Radio.Card key={person.id} value={person.id} p="xs" radius="sm">
                    <Stack gap={0}>
                      <Text size="sm" fw={550}>
                        {person.name}
                      </Text>
                      <Suits person={person} />
                    </Stack>
                  </Radio.Card>
                ))}
              </Stack>
            </Radio.Group>
          )
        }
      </QueryState>
      <Textarea
        label={t("tickets.comment")}
        description={t("tickets.assignHint")}
        autosize
        minRows={2}
        maxLength={10_000}
        value={said}
        onChange={(event) => setSaid(event.currentTarget.value)}
        data-testid="assign-said"
      />
    </FormDialog>
  );
}

function Suits({ person }: { person: Candidate }) {
  const { t } = useTranslation();
  const word = useEnum();
  const facts = [
    person.site_match ? t("tickets.suits.site") : t("tickets.suits.noSite"),
    person.on_shift ? t("tickets.suits.onShift") : t("tickets.suits.offShift"),
    t("tickets.suits.open", { count: person.open_tickets }),
    ...person.skills.map((skill) => word("skill", skill)),
  ];
  return (
    <Text size="xs" c="dimmed">
      {facts.join(" · ")}
    </Text>
  );
}
