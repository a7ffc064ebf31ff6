import { Button, Group, SegmentedControl, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session";
import { FormDialog } from "../../ui/FormDialog";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import type { Gateway } from "../api";
import { useDifferences, useRollBack, useVersion } from "./api";
import classes from "./configuration.module.css";
import { Differences } from "./Differences";

interface Props {
  gateway: Gateway;
  version: number;
  onClose: () => void;
}

/** One version: what it changed, or all it says; and the way back to it. */
export function VersionPanel({ gateway, version, onClose }: Props) {
  const { t } = useTranslation();
  const may = useMay()("gateways.manage") && !gateway.revoked_at;
  const [whole, setWhole] = useState(false);
  const [asking, setAsking] = useState(false);
  const differences = useDifferences(gateway.id, version);
  const found = useVersion(gateway.id, whole ? version : null);
  const isNewest = version === gateway.configuration.wanted_version;
  const named = (number: number) => t("configuration.versionShort", { version: number });
  return (
    <Section
      title={t("configuration.versionTitle", { version })}
      testId="configuration-version"
      aside={
        <Group gap={8}>
          <SegmentedControl
            size="xs"
            aria-label={t("configuration.view")}
            value={whole ? "whole" : "changes"}
            onChange={(value) => setWhole(value === "whole")}
            data={[
              { value: "changes", label: t("configuration.changes") },
              { value: "whole", label: t("configuration.whole") },
            ]}
          />
          {may && !isNewest ? (
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => setAsking(true)}
              data-testid="roll-back"
            >
              {t("configuration.rollBack")}
            </Button>
          ) : null}
          <Button size="compact-sm" variant="subtle" color="gray" onClick={onClose}>
            {t("common.close")}
          </Button>
        </Group>
      }
    >
      {whole ? (
        <QueryState query={found} height={200} small>
          {({ document }) => (
            <pre className={classes.document}>{JSON.stringify(document, null, 2)}</pre>
          )}
        </QueryState>
      ) : (
        <QueryState query={differences} height={120} small>
          {({ items }) => (
            <Differences
              items={items}
              before={version > 1 ? named(version - 1) : t("common.none")}
              after={named(version)}
            />
          )}
        </QueryState>
      )}
      {asking ? (
        <RollBack gateway={gateway} version={version} onClose={() => setAsking(false)} />
      ) : null}
    </Section>
  );
}

function RollBack({ gateway, version, onClose }: Props) {
  const { t } = useTranslation();
  const [note, setNote] = useState("");
  const rollBack = useRollBack(gateway.id, version, onClose);
  return (
    <FormDialog
      opened
      danger
      onClose={onClose}
      title={t("configuration.rollBackTitle", { name: gateway.name, version })}
      submitLabel={t("configuration.rollBack")}
      onSubmit={() => rollBack.mutate(note.trim() || t("configuration.rollBackNote", { version }))}
      pending={rollBack.isPending}
      error={rollBack.error}
      testId="roll-back-form"
    >
      <p style={{ margin: 0 }}>{t("configuration.rollBackText", { version })}</p>
      <TextInput
        label={t("configuration.why")}
        data-autofocus
        maxLength={500}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
