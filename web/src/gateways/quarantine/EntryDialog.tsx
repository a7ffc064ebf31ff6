import { Button, Group, Modal, Skeleton, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { ActionProblem } from "../../ui/ActionProblem";
import { Facts } from "../../ui/Facts";
import { count } from "../../ui/format";
import { QueryState } from "../../ui/QueryState";
import { ShortId } from "../../ui/ShortId";
import { StatusChip } from "../../ui/StatusChip";
import { TechnicalDetail } from "../../ui/TechnicalDetail";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { useFocusBack } from "../../ui/useFocusBack";
import classes from "../gateways.module.css";
import { bytes } from "../one/bytes";
import { type Quarantined, useDrop, useEntry, useReplay } from "./api";
import { hexLines } from "./hex";
import { OutcomeList } from "./OutcomeList";

interface Props {
  entryId: string;
  onClose: () => void;
}

/** One entry: why it is here, its first bytes, and what is to become of it. */
export function EntryDialog({ entryId, onClose }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const entry = useEntry(entryId);
  useFocusBack();
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={
        entry.data ? word("quarantineReason", entry.data.reason) : t("gateways.tabs.quarantine")
      }
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <QueryState query={entry} skeleton={<Skeleton height={320} />}>
        {(found) => (
          <Stack gap="sm" data-testid="quarantine-entry">
            <TechnicalDetail text={found.detail} />
            <Facts
              items={[
                {
                  label: t("common.state"),
                  value: <StatusChip of="quarantineState" state={found.state} />,
                },
                { label: t("common.kind"), value: word("quarantineKind", found.kind) },
                { label: t("gateways.readings"), value: count(found.readings) },
                { label: t("gateways.times"), value: count(found.occurrences) },
                { label: t("gateways.size"), value: bytes(found.size_bytes) },
                { label: t("gateways.kept"), value: bytes(found.kept_bytes) },
                {
                  label: t("gateways.firstSeen"),
                  value: <TimeAgo at={found.first_seen_at} exact />,
                },
                {
                  label: t("gateways.lastSeenThere"),
                  value: <TimeAgo at={found.last_seen_at} exact />,
                },
                found.lane && {
                  label: t("gateways.frame"),
                  value: `${word("lane", found.lane)} ${found.seq ?? ""}`,
                },
                found.resolved_at && {
                  label: t("gateways.resolved"),
                  value: (
                    <>
                      <TimeAgo at={found.resolved_at} exact />
                      {found.resolved_by ? ` · ${found.resolved_by}` : null}
                    </>
                  ),
                },
                { label: t("tickets.id"), value: <ShortId id={found.id} /> },
                {
                  label: t("gateways.from"),
                  value: <span className={classes.code}>{found.source}</span>,
                  wide: true,
                },
              ]}
            />
            {found.head_hex ? <Head hex={found.head_hex} /> : null}
            <Verbs entry={found} onClose={onClose} />
          </Stack>
        )}
      </QueryState>
    </Modal>
  );
}

function Head({ hex }: { hex: string }) {
  const { t } = useTranslation();
  return (
    <details>
      <summary style={{ cursor: "pointer", fontSize: "0.8125rem" }}>
        {t("gateways.example")}
      </summary>
      <section aria-label={t("gateways.example")}>
        <pre className={classes.hex}>
          {hexLines(hex)
            .map((line) => `${line.offset}  ${line.hex.padEnd(47)}  ${line.text}`)
            .join("\n")}
        </pre>
      </section>
    </details>
  );
}

function Verbs({ entry, onClose }: { entry: Quarantined; onClose: () => void }) {
  const { t } = useTranslation();
  const may = useMay()("gateways.manage");
  const [asked, setAsked] = useState<"replay" | "drop" | null>(null);
  const [reason, setReason] = useState("");
  const replay = useReplay(entry);
  const drop = useDrop(entry, onClose);
  const done = replay.data;
  if (done) {
    return (
      <div role="status" data-testid="replay-result">
        <OutcomeList stored={done.stored} remaining={done.remaining} failed={{}} />
      </div>
    );
  }
  if (!may || entry.state !== "open") return null;
  // One window: what is asked before either comes in the place of the buttons.
  if (asked === null) {
    return (
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={() => setAsked("drop")} data-testid="drop">
          {t("gateways.drop")}
        </Button>
        <Button onClick={() => setAsked("replay")} data-testid="replay">
          {t("gateways.replay")}
        </Button>
      </Group>
    );
  }
  const isDrop = asked === "drop";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isDrop) drop.mutate(reason.trim());
        else replay.mutate(undefined);
      }}
    >
      <Stack gap="xs">
        <strong>
          {entry.kind === "message"
            ? t(isDrop ? "gateways.dropMessage" : "gateways.replayMessage")
            : t(isDrop ? "gateways.dropTitle" : "gateways.replayTitle", {
                readings: count(entry.readings),
              })}
        </strong>
        <p style={{ margin: 0 }}>{t(isDrop ? "gateways.dropText" : "gateways.replayText")}</p>
        {isDrop ? (
          <TextInput
            label={t("common.reason")}
            data-autofocus
            autoFocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        ) : null}
        <ActionProblem error={isDrop ? drop.error : replay.error} onReload={() => setAsked(null)} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => setAsked(null)}>
            {t("common.back")}
          </Button>
          <Button
            type="submit"
            color={isDrop ? "red" : undefined}
            loading={drop.isPending || replay.isPending}
            disabled={isDrop && !reason.trim()}
            data-testid="quarantine-confirm"
          >
            {t(isDrop ? "gateways.drop" : "gateways.replay")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
