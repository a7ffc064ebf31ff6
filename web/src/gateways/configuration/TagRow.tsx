import { ActionIcon, Button, Select, TextInput } from "@mantine/core";
import { X } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { RemoteSelect, type RemoteSource } from "../../ui/RemoteSelect";
import { useEnum } from "../../ui/useEnum";
import { KINDS } from "../connect/guess";
import classes from "./configuration.module.css";
import { type DraftTag, text } from "./draft";

interface Props {
  tag: DraftTag;
  machines: RemoteSource;
  /** Only OPC UA servers are sampled. */
  sampled: boolean;
  removed: boolean;
  /** What is wrong, by field; under the empty name with the whole tag. */
  problems: Record<string, string> | undefined;
  onChange: (key: string, name: string, typed: string) => void;
  onRemove: (key: string, removed: boolean) => void;
}

/** One tag of a source: where it belongs, what it is, its range and how often it is read. */
export const TagRow = memo(function TagRow(props: Props) {
  const { tag, machines, sampled, removed, problems = {}, onChange, onRemove } = props;
  const { t } = useTranslation();
  const word = useEnum();
  const { key, facts } = tag;
  if (removed) {
    return (
      <div className={classes.removedRow} data-tag={key}>
        <s>
          {text(facts.series)} · {tag.address}
        </s>
        <Button size="compact-xs" variant="default" onClick={() => onRemove(key, false)}>
          {t("configuration.keepTag")}
        </Button>
      </div>
    );
  }
  const field = (name: string, label: string, decimal = false) => (
    <TextInput
      label={label}
      inputMode={decimal ? "decimal" : undefined}
      value={text(facts[name])}
      error={problems[name]}
      onChange={(event) => onChange(key, name, event.currentTarget.value)}
      data-testid={`tag-${name}`}
    />
  );
  return (
    <fieldset className={classes.tagRow} data-tag={key}>
      <legend className={classes.srOnly}>{tag.address}</legend>
      <div className={classes.tagAddress}>
        {tag.address}
        {problems[""] ? <span className={classes.lineNumber}> {problems[""]}</span> : null}
      </div>
      <RemoteSelect
        source={machines}
        label={t("common.asset")}
        value={text(facts.asset) || null}
        error={problems.asset}
        onChange={(asset) => onChange(key, "asset", asset ?? "")}
      />
      {field("series", t("gateways.series"))}
      <Select
        label={t("common.kind")}
        data={KINDS.map((value) => ({ value, label: word("seriesKind", value) }))}
        value={text(facts.kind) || "other"}
        error={problems.kind}
        onChange={(value) => onChange(key, "kind", value ?? "")}
        allowDeselect={false}
      />
      {field("unit", t("connect.unit"))}
      {field("low", t("connect.low"), true)}
      {field("high", t("connect.high"), true)}
      {sampled ? field("sampling_interval_ms", t("configuration.sampling"), true) : <span />}
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t("configuration.removeTag", { series: text(facts.series) })}
        onClick={() => onRemove(key, true)}
      >
        <X size={14} />
      </ActionIcon>
    </fieldset>
  );
});
