import { Button, Group, Select, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "../../ui/ActionProblem";
import { RemoteSelect } from "../../ui/RemoteSelect";
import { Section } from "../../ui/Section";
import { useEnum } from "../../ui/useEnum";
import type { Gateway } from "../api";
import { useMapTags } from "./api";
import type { Chosen } from "./ConnectPage";
import classes from "./connect.module.css";
import { KINDS, type Mapped, problemsOf, suggestion, tagsOf } from "./guess";
import { machinesOf } from "./machines";

interface Props {
  gateway: Gateway;
  chosen: Chosen;
  onBack: () => void;
  onDone: () => void;
}

/** Each chosen variable becomes a series of a machine; what the server says of it is filled in. */
export function MapStep({ gateway, chosen, onBack, onDone }: Props) {
  const { t } = useTranslation();
  const [rows, setRows] = useState(() => chosen.nodes.map((node) => suggestion(node, "")));
  const [tried, setTried] = useState(false);
  const save = useMapTags(gateway.id, onDone);
  const machines = useMemo(
    () => machinesOf(gateway.organisation_id, gateway.site_id),
    [gateway.organisation_id, gateway.site_id],
  );
  const problems = problemsOf(rows);
  const owners = [...new Set(rows.map((row) => row.node.owner))];
  const change = (fits: (row: Mapped) => boolean, facts: Partial<Mapped>) =>
    setRows((before) => before.map((row) => (fits(row) ? { ...row, ...facts } : row)));
  const submit = () => {
    setTried(true);
    if (problems.size > 0) return;
    const { policy, mode } = chosen.security;
    save.mutate({
      source: {
        kind: "opcua",
        name: chosen.source,
        url: chosen.url,
        options: policy === "None" ? {} : { security_policy: policy, security_mode: mode },
      },
      tags: tagsOf(rows),
      removed: [],
      note: t("connect.note"),
      based_on: gateway.configuration.wanted_version ?? 0,
    });
  };
  return (
    <Section title={t("connect.steps.map")} flush testId="map-step">
      <p style={{ margin: 0, padding: "12px 14px 4px" }}>{t("connect.mapHint")}</p>
      {owners.map((owner) => (
        <div key={owner} className={classes.group}>
          <div className={classes.groupHead}>
            <span>{owner || t("connect.noOwner")}</span>
            <span style={{ flex: "0 1 340px" }}>
              <RemoteSelect
                source={machines}
                label={t("connect.machineOfAll")}
                value={sharedAsset(rows, owner)}
                onChange={(asset) =>
                  change((row) => row.node.owner === owner, { asset: asset ?? "" })
                }
                testId={`machine-${owner}`}
              />
            </span>
          </div>
          {rows
            .filter((row) => row.node.owner === owner)
            .map((row) => (
              <Row
                key={row.node.node}
                row={row}
                machines={machines}
                problem={tried ? problems.get(row.node.node) : undefined}
                onChange={(facts) => change((each) => each.node.node === row.node.node, facts)}
              />
            ))}
        </div>
      ))}
      <div className={classes.foot}>
        <ActionProblem error={save.error} onReload={onBack} />
        <span>
          {tried && problems.size > 0
            ? t("connect.incomplete", { count: problems.size })
            : t("connect.chosen", { count: rows.length })}
        </span>
        <Group gap="xs">
          <Button variant="default" onClick={onBack}>
            {t("common.back")}
          </Button>
          <Button onClick={submit} loading={save.isPending} data-testid="connect-save">
            {t("connect.save")}
          </Button>
        </Group>
      </div>
    </Section>
  );
}

function sharedAsset(rows: Mapped[], owner: string): string | null {
  const there = new Set(rows.filter((row) => row.node.owner === owner).map((row) => row.asset));
  const [only] = there;
  return there.size === 1 && only ? only : null;
}

interface RowProps {
  row: Mapped;
  machines: ReturnType<typeof machinesOf>;
  problem: "asset" | "series" | "repeated" | "range" | undefined;
  onChange: (facts: Partial<Mapped>) => void;
}

function Row({ row, machines, problem, onChange }: RowProps) {
  const { t } = useTranslation();
  const word = useEnum();
  const wrong = (...codes: (typeof problem)[]) =>
    problem && codes.includes(problem) ? t(`connect.problems.${problem}`) : undefined;
  return (
    <fieldset className={classes.map}>
      <legend className={classes.srOnly}>{row.node.name}</legend>
      <div className={classes.mapName}>
        {row.node.name}
        <span className={classes.nodeId}>{row.node.node}</span>
      </div>
      <RemoteSelect
        source={machines}
        label={t("common.asset")}
        error={wrong("asset")}
        value={row.asset || null}
        onChange={(asset) => onChange({ asset: asset ?? "" })}
      />
      <TextInput
        label={t("gateways.series")}
        error={wrong("series", "repeated")}
        value={row.series}
        onChange={(event) => onChange({ series: event.currentTarget.value })}
      />
      <Select
        label={t("common.kind")}
        data={KINDS.map((value) => ({ value, label: word("seriesKind", value) }))}
        value={row.kind}
        onChange={(value) => onChange({ kind: KINDS.find((each) => each === value) ?? "other" })}
        allowDeselect={false}
      />
      <TextInput
        label={t("connect.unit")}
        value={row.unit}
        onChange={(event) => onChange({ unit: event.currentTarget.value })}
      />
      <TextInput
        label={t("connect.low")}
        inputMode="decimal"
        error={wrong("range")}
        value={row.low}
        onChange={(event) => onChange({ low: event.currentTarget.value })}
      />
      <TextInput
        label={t("connect.high")}
        inputMode="decimal"
        value={row.high}
        onChange={(event) => onChange({ high: event.currentTarget.value })}
      />
    </fieldset>
  );
}
