import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { Facts } from "../../ui/Facts";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import { StatusChip } from "../../ui/StatusChip";
import { TechnicalDetail } from "../../ui/TechnicalDetail";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import type { Gateway } from "../api";
import { DRIFTING } from "../state";
import { useAdopt, useDrift, useRollBack } from "./api";
import { Differences } from "./Differences";

const AGAIN = new Set(["refused", "rolled_back", DRIFTING]);

/** Which version it is to run, which it runs, and why they differ. */
export function State({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const word = useEnum();
  const { wanted_version, applied_version, state, detail, since } = gateway.configuration;
  const drift = useDrift(gateway.id, state === DRIFTING);
  const number = (version: number | null) =>
    version === null ? null : t("configuration.versionShort", { version });
  return (
    <Section
      title={t("configuration.state")}
      aside={<StatusChip of="configurationState" state={state} />}
      testId="configuration-state"
    >
      <p style={{ margin: 0 }}>{word("configurationStateHint", state)}</p>
      <Facts
        items={[
          { label: t("configuration.wanted"), value: number(wanted_version) },
          { label: t("configuration.inForce"), value: number(applied_version) },
          { label: t("common.since"), value: since ? <TimeAgo at={since} exact /> : null },
          { label: t("gateways.checkedIn"), value: <TimeAgo at={gateway.checked_in_at} /> },
          // What drifted shows below; the other states have words, and this is the gateway's own.
          detail &&
            state !== DRIFTING && {
              label: t("configuration.reason"),
              value: <TechnicalDetail text={detail} />,
              wide: true,
            },
        ]}
      />
      {state === DRIFTING ? (
        <QueryState query={drift} height={120} small>
          {({ differences, based_on }) => (
            <Differences
              items={differences}
              before={based_on === null ? t("common.none") : (number(based_on) ?? "")}
              after={t("configuration.atGateway")}
            />
          )}
        </QueryState>
      ) : null}
      <Ways gateway={gateway} />
    </Section>
  );
}

/** What can be done about it: take over what is there, or have ours tried again. */
function Ways({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const may = useMay()("gateways.manage") && !gateway.revoked_at;
  const [asked, setAsked] = useState<"adopt" | "again" | "undo" | null>(null);
  const close = () => setAsked(null);
  const wanted = gateway.configuration.wanted_version;
  const adopt = useAdopt(gateway.id, close);
  const again = useRollBack(gateway.id, wanted ?? 0, close);
  const former = (wanted ?? 0) - 1;
  const undo = useRollBack(gateway.id, former, close);
  const { state } = gateway.configuration;
  const isDrifting = state === DRIFTING;
  const canUndo = former > 0 && !isDrifting;
  if (!may || !(canUndo || AGAIN.has(state))) return null;
  return (
    <>
      <Group gap="xs">
        {isDrifting ? (
          <Button variant="default" onClick={() => setAsked("adopt")}>
            {t("configuration.adopt")}
          </Button>
        ) : null}
        {wanted !== null && AGAIN.has(state) ? (
          <Button variant="default" onClick={() => setAsked("again")}>
            {t("configuration.again", { version: wanted })}
          </Button>
        ) : null}
        {canUndo ? (
          <Button
            variant="default"
            onClick={() => setAsked("undo")}
            data-testid="undo-configuration"
          >
            {t("configuration.undo", { version: wanted })}
          </Button>
        ) : null}
      </Group>
      <ConfirmDialog
        opened={asked === "undo"}
        onClose={close}
        title={t("configuration.undoTitle", { name: gateway.name, version: former })}
        text={t("configuration.rollBackText", { version: former })}
        confirmLabel={t("configuration.rollBack")}
        onConfirm={() => undo.mutate(t("configuration.rollBackNote", { version: former }))}
        pending={undo.isPending}
        error={undo.error}
      />
      <ConfirmDialog
        opened={asked === "adopt"}
        onClose={close}
        title={t("configuration.adoptTitle", { name: gateway.name })}
        text={t("configuration.adoptText")}
        confirmLabel={t("configuration.adopt")}
        onConfirm={() => adopt.mutate(t("configuration.adoptNote"))}
        pending={adopt.isPending}
        error={adopt.error}
      />
      <ConfirmDialog
        opened={asked === "again"}
        onClose={close}
        title={t("configuration.againTitle", { name: gateway.name, version: wanted })}
        text={t(isDrifting ? "configuration.againDriftText" : "configuration.againText")}
        confirmLabel={t("configuration.again", { version: wanted })}
        danger={isDrifting}
        onConfirm={() => again.mutate("")}
        pending={again.isPending}
        error={again.error}
      />
    </>
  );
}
