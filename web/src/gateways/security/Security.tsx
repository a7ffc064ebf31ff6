import { Button, Group, NumberInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { AskedButton } from "../../ui/AskedButton";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { Facts } from "../../ui/Facts";
import { FormDialog } from "../../ui/FormDialog";
import { TwoColumns } from "../../ui/Page";
import { Section } from "../../ui/Section";
import { StatusChip } from "../../ui/StatusChip";
import { TimeAgo } from "../../ui/TimeAgo";
import { useEnum } from "../../ui/useEnum";
import { type Gateway, useRevokeGateway } from "../api";
import { useEndFormerKey, useRotateKey } from "./api";
import { Tokens } from "./Tokens";

/** The gateway's key, the tokens that make a machine this gateway, and the end of it. */
export function Security({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const may = useMay()("gateways.manage") && !gateway.revoked_at;
  return (
    <TwoColumns
      main={
        <>
          <KeySection gateway={gateway} may={may} />
          <Tokens gateway={gateway} may={may} />
        </>
      }
      side={
        <Section title={t("security.end")}>
          {gateway.revoked_at ? (
            <Facts
              items={[
                {
                  label: t("gateways.revokedAt"),
                  value: <TimeAgo at={gateway.revoked_at} exact />,
                },
              ]}
            />
          ) : (
            <>
              <p style={{ margin: 0 }}>{t("security.endHint")}</p>
              {may ? <Revoke gateway={gateway} /> : null}
            </>
          )}
        </Section>
      }
    />
  );
}

function KeySection({ gateway, may }: { gateway: Gateway; may: boolean }) {
  const { t } = useTranslation();
  const word = useEnum();
  const key = gateway.key_state;
  const [asked, setAsked] = useState<"rotate" | "end" | null>(null);
  const close = () => setAsked(null);
  const end = useEndFormerKey(gateway, close);
  return (
    <Section
      title={t("security.key")}
      aside={<StatusChip of="keyState" state={key.state} />}
      testId="gateway-key-state"
    >
      <p style={{ margin: 0 }}>{word("keyStateHint", key.state)}</p>
      <Facts
        items={[
          { label: t("security.keyVersion"), value: String(key.version) },
          gateway.enrolled_at && {
            label: t("security.brokerLogin"),
            value: t(gateway.own_broker_login ? "security.ownLogin" : "security.sharedLogin"),
          },
          key.next_version !== null && {
            label: t("security.nextVersion"),
            value: String(key.next_version),
          },
          key.former_version !== null && {
            label: t("security.formerVersion"),
            value: String(key.former_version),
          },
          key.former_until && {
            label: t("security.formerUntil"),
            value: <TimeAgo at={key.former_until} exact />,
          },
        ]}
      />
      {may ? (
        <Group gap="xs">
          <Button
            variant="default"
            onClick={() => setAsked("rotate")}
            disabled={key.state !== "current"}
            data-testid="rotate-key"
          >
            {t("security.rotate")}
          </Button>
          {key.former_version !== null ? (
            <Button variant="default" onClick={() => setAsked("end")}>
              {t("security.endFormer")}
            </Button>
          ) : null}
        </Group>
      ) : null}
      {asked === "rotate" ? <Rotate gateway={gateway} onClose={close} /> : null}
      <ConfirmDialog
        opened={asked === "end"}
        onClose={close}
        title={t("security.endFormerTitle", { name: gateway.name })}
        text={t("security.endFormerText")}
        confirmLabel={t("security.endFormer")}
        danger
        onConfirm={() => end.mutate(undefined)}
        pending={end.isPending}
        error={end.error}
      />
    </Section>
  );
}

function Rotate({ gateway, onClose }: { gateway: Gateway; onClose: () => void }) {
  const { t } = useTranslation();
  const [days, setDays] = useState<number | string>("");
  const rotate = useRotateKey(gateway, onClose);
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("security.rotateTitle", { name: gateway.name })}
      submitLabel={t("security.rotate")}
      onSubmit={() => rotate.mutate(typeof days === "number" ? days : null)}
      pending={rotate.isPending}
      error={rotate.error}
      testId="rotate-form"
    >
      <p style={{ margin: 0 }}>{t("security.rotateText")}</p>
      <NumberInput
        label={t("security.graceDays")}
        description={t("security.graceHint")}
        placeholder={t("security.graceDefault")}
        min={0}
        max={365}
        allowDecimal={false}
        value={days}
        onChange={setDays}
      />
    </FormDialog>
  );
}

function Revoke({ gateway }: { gateway: Gateway }) {
  const { t } = useTranslation();
  const asking = useDisclosure(false);
  const revoke = useRevokeGateway(gateway, asking[1].close);
  return (
    <div>
      <AskedButton
        asking={asking}
        label={t("gateways.revoke")}
        title={t("gateways.revokeTitle", { name: gateway.name })}
        text={t("gateways.revokeText")}
        action={revoke}
        testId="revoke"
      />
    </div>
  );
}
