import { Button, Group } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../api/problem";
import { useMay } from "../../app/session";
import { ActionProblem } from "../../ui/ActionProblem";
import { Facts } from "../../ui/Facts";
import { QueryState } from "../../ui/QueryState";
import { Section } from "../../ui/Section";
import { StatusChip } from "../../ui/StatusChip";
import { useEnum } from "../../ui/useEnum";
import type { Gateway } from "../api";
import { Differences } from "../configuration/Differences";
import { useFaultWords } from "../configuration/useFaultWords";
import classes from "../connect/connect.module.css";
import { machinesOf } from "../connect/machines";
import { type Adopted, useChangeMapping, useSource } from "./api";
import { PatternRow } from "./PatternRow";
import { mappingDifferences, mappingOf, type Row, rowOf, rowsOfMapping } from "./patterns";

/** Where a third party publishes, and which of it is taken as what. */
export function Mapping({ gateway }: { gateway: Gateway }) {
  const source = useSource(gateway.id);
  return (
    <QueryState query={source} height={320}>
      {(found) => <Found key={found.version} gateway={gateway} source={found} />}
    </QueryState>
  );
}

type Given = Parameters<typeof mappingOf>[2];

function Found({ gateway, source }: { gateway: Gateway; source: Adopted }) {
  const { t } = useTranslation();
  const word = useEnum();
  const may = useMay()("gateways.manage") && !source.released_at;
  const mapping = source.mapping as NonNullable<Given>;
  const [rows, setRows] = useState<Row[]>(() => rowsOfMapping(mapping));
  const draft = mappingOf(source.kind, rows, mapping);
  const differences = mappingDifferences(mapping, draft);
  const change = useChangeMapping(source);
  const machines = useMemo(
    () => machinesOf(gateway.organisation_id, gateway.site_id),
    [gateway.organisation_id, gateway.site_id],
  );
  const whole = rows.filter((row) => row.asset && row.name.trim() && row.series.trim());
  const problems = problemsOf(change.error, whole, useFaultWords());
  return (
    <>
      <Section
        title={t("configuration.state")}
        aside={
          <StatusChip of="adoptionState" state={source.released_at ? "released" : "adopted"} />
        }
      >
        <p style={{ margin: 0 }}>{t("sources.bestEffort")}</p>
        <Facts
          items={[
            { label: t("common.kind"), value: word("sourceKind", source.kind) },
            { label: t("sources.address"), value: <code>{source.address}</code> },
          ]}
        />
      </Section>
      <Section flush title={t("sources.mapping")} testId="source-mapping">
        <fieldset disabled={!may} style={{ margin: 0, padding: 0, border: 0, minWidth: 0 }}>
          {rows.map((row, index) => (
            <PatternRow
              key={row.id}
              row={row}
              number={index + 1}
              kind={source.kind}
              machines={machines}
              disabled={!may}
              ranged
              problems={problems.get(row.id)}
              onChange={(facts) =>
                setRows((before) =>
                  before.map((each) => (each.id === row.id ? { ...each, ...facts } : each)),
                )
              }
              onRemove={() => setRows((before) => before.filter((each) => each.id !== row.id))}
            />
          ))}
        </fieldset>
        {may ? (
          <div className={classes.foot}>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() =>
                setRows((before) => [
                  ...before,
                  rowOf("", source.kind === "json" ? source.address : ""),
                ])
              }
            >
              {t("sources.addRow")}
            </Button>
            <span>{t("sources.rowsHint", { count: whole.length })}</span>
          </div>
        ) : null}
      </Section>
      {may && differences.length > 0 ? (
        <Section title={t("configuration.reviewTitle")} testId="mapping-changes">
          <Differences
            items={differences}
            before={t("configuration.inForce")}
            after={t("configuration.draft")}
          />
          <ActionProblem error={problems.size > 0 ? null : change.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setRows(rowsOfMapping(mapping))}>
              {t("sources.discard")}
            </Button>
            <Button
              onClick={() => change.mutate(draft)}
              loading={change.isPending}
              disabled={whole.length === 0}
              data-testid="mapping-save"
            >
              {t("sources.take")}
            </Button>
          </Group>
        </Section>
      ) : null}
    </>
  );
}

/** What the API objects to, by the row it is about: `mapping.json.patterns.0.unit`. */
function problemsOf(
  error: unknown,
  whole: Row[],
  inWords: ReturnType<typeof useFaultWords>,
): Map<number, Record<string, string>> {
  const found = new Map<number, Record<string, string>>();
  if (!(error instanceof Problem)) return found;
  for (const { field, code, message } of error.fields) {
    const [, number = "", name = ""] = /patterns\.(\d+)(?:\.(\w+))?$/.exec(field) ?? [];
    const row = number ? whole[Number(number)] : undefined;
    const { words, own } = inWords({ place: field, code, message, facts: {} });
    if (row) found.set(row.id, { ...found.get(row.id), [name]: own ? `${words}: ${own}` : words });
  }
  return found;
}
