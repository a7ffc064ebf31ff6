import { ActionIcon, Select, TextInput } from "@mantine/core";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { RemoteSelect, type RemoteSource } from "../../ui/RemoteSelect";
import { useEnum } from "../../ui/useEnum";
import classes from "../connect/connect.module.css";
import { KINDS } from "../connect/guess";
import type { Seen } from "./api";
import type { Row } from "./patterns";

interface Props {
  row: Row;
  /** From 1. */
  number: number;
  kind: Seen["kind"];
  machines: RemoteSource;
  disabled?: boolean;
  /** There is room for the range. */
  ranged?: boolean;
  /** What is wrong, by the name of the field; under the empty name with the whole row. */
  problems?: Record<string, string>;
  onChange: (facts: Partial<Row>) => void;
  onRemove: () => void;
}

/** What of a source's messages is which series of which machine. */
export function PatternRow(props: Props) {
  const {
    row,
    number,
    kind,
    machines,
    disabled,
    ranged,
    problems = {},
    onChange,
    onRemove,
  } = props;
  const { t } = useTranslation();
  const word = useEnum();
  const isJson = kind === "json";
  const field = (name: keyof Row, label: string, error: string | undefined) => (
    <TextInput
      label={label}
      error={error}
      value={String(row[name])}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
      data-testid={`pattern-${name}`}
    />
  );
  return (
    <fieldset className={classes.row} data-ranged={ranged || undefined} data-pattern={number}>
      <legend className={classes.srOnly}>{row.name || t("sources.row", { row: number })}</legend>
      {field(
        "name",
        t(isJson ? "sources.path" : "sources.metric"),
        problems.path ?? problems.metric,
      )}
      {field(
        "place",
        t(isJson ? "sources.topic" : "sources.device"),
        problems.topic ?? problems.device,
      )}
      <RemoteSelect
        source={machines}
        label={t("common.asset")}
        disabled={disabled}
        error={problems.asset}
        value={row.asset || null}
        onChange={(asset) => onChange({ asset: asset ?? "" })}
        testId={`adopt-asset-${number - 1}`}
      />
      {field("series", t("gateways.series"), problems.series)}
      {field("unit", t("connect.unit"), problems.unit)}
      <Select
        label={t("common.kind")}
        data={KINDS.map((value) => ({ value, label: word("seriesKind", value) }))}
        value={row.kind}
        onChange={(value) => onChange({ kind: KINDS.find((each) => each === value) })}
        allowDeselect={false}
      />
      {ranged ? field("low", t("connect.low"), problems.low ?? problems[""]) : null}
      {ranged ? field("high", t("connect.high"), problems.high) : null}
      <ActionIcon variant="subtle" color="gray" aria-label={t("common.remove")} onClick={onRemove}>
        <X size={14} />
      </ActionIcon>
    </fieldset>
  );
}
