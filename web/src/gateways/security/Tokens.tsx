import { Button, NumberInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AskedButton } from "../../ui/AskedButton";
import { DataTable } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { FormDialog } from "../../ui/FormDialog";
import { Section } from "../../ui/Section";
import { StatusChip } from "../../ui/StatusChip";
import { TimeAgo } from "../../ui/TimeAgo";
import type { Gateway } from "../api";
import { type NewToken, type Token, useCreateToken, useRevokeToken, useTokens } from "./api";
import { TokenShown } from "./TokenShown";

/** The one-time tokens of a gateway; a new one is shown once. */
export function Tokens({ gateway, may }: { gateway: Gateway; may: boolean }) {
  const { t } = useTranslation();
  const tokens = useTokens(gateway.id);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<NewToken | null>(null);
  return (
    <Section
      title={t("security.tokens")}
      flush
      testId="enrolment-tokens"
      aside={
        may ? (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => setMaking(true)}
            data-testid="new-token"
          >
            {t("security.newToken")}
          </Button>
        ) : null
      }
    >
      {made ? (
        <div style={{ padding: 14, borderBottom: "1px solid var(--fw-line)" }}>
          <TokenShown token={made} />
        </div>
      ) : null}
      <DataTable<Token>
        label={t("security.tokens")}
        rows={tokens.data?.items}
        error={tokens.error}
        retry={() => void tokens.refetch()}
        rowKey={(row) => row.id}
        expect={2}
        empty={
          <EmptyState
            small
            icon={KeyRound}
            title={t("security.noTokens")}
            hint={t("security.noTokensHint")}
          />
        }
        columns={[
          {
            key: "state",
            header: t("common.state"),
            phone: "main",
            cell: (row) => <StatusChip of="tokenState" state={row.state} />,
          },
          { key: "by", header: t("common.by"), cell: (row) => row.created_by },
          {
            key: "made",
            header: t("common.created"),
            cell: (row) => <TimeAgo at={row.created_at} />,
          },
          {
            key: "until",
            header: t("security.validUntil"),
            cell: (row) => <TimeAgo at={row.expires_at} exact />,
          },
          {
            key: "used",
            header: t("security.used"),
            cell: (row) => (
              <>
                <TimeAgo at={row.used_at} exact />
                {row.used_from ? ` · ${row.used_from}` : null}
              </>
            ),
          },
          {
            key: "verbs",
            header: "",
            align: "right",
            phone: "side",
            cell: (row) =>
              may && row.state === "open" ? <RevokeToken gateway={gateway} token={row} /> : null,
          },
        ]}
      />
      {making ? (
        <NewTokenDialog
          gateway={gateway}
          onClose={() => setMaking(false)}
          onMade={(token) => {
            setMade(token);
            setMaking(false);
          }}
        />
      ) : null}
    </Section>
  );
}

interface DialogProps {
  gateway: Gateway;
  onClose: () => void;
  onMade: (token: NewToken) => void;
}

function NewTokenDialog({ gateway, onClose, onMade }: DialogProps) {
  const { t } = useTranslation();
  const [hours, setHours] = useState<number | string>(24);
  const create = useCreateToken(gateway.id, onMade);
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("security.newTokenTitle", { name: gateway.name })}
      submitLabel={t("security.newToken")}
      onSubmit={() => create.mutate(typeof hours === "number" ? hours : null)}
      pending={create.isPending}
      error={create.error}
      testId="token-form"
    >
      <p style={{ margin: 0 }}>
        {t(gateway.enrolled_at ? "security.newTokenAgainText" : "security.newTokenText")}
      </p>
      <NumberInput
        label={t("security.hours")}
        min={1}
        max={720}
        allowDecimal={false}
        value={hours}
        onChange={setHours}
      />
    </FormDialog>
  );
}

function RevokeToken({ gateway, token }: { gateway: Gateway; token: Token }) {
  const { t } = useTranslation();
  const asking = useDisclosure(false);
  const revoke = useRevokeToken(gateway.id, token.id, asking[1].close);
  return (
    <AskedButton
      asking={asking}
      label={t("gateways.revoke")}
      title={t("security.revokeTokenTitle", { name: gateway.name })}
      text={t("security.revokeTokenText")}
      action={revoke}
      quiet
    />
  );
}
