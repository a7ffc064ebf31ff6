import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RemoteSource } from "../../ui/RemoteSelect";
import { Section } from "../../ui/Section";
import { useEnum } from "../../ui/useEnum";
import classes from "./configuration.module.css";
import { type DraftSource, type DraftTag, text } from "./draft";
import { TagRow } from "./TagRow";

// So many rows of fields stay quick to type in.
const ROWS = 25;

interface Props {
  source: DraftSource;
  words: string;
  machines: RemoteSource;
  removed: ReadonlySet<string>;
  problems: ReadonlyMap<string, Record<string, string>>;
  onChange: (key: string, name: string, typed: string) => void;
  onRemove: (key: string, removed: boolean) => void;
}

const says = (tag: DraftTag, words: string) =>
  `${tag.address} ${text(tag.facts.series)} ${text(tag.facts.asset)}`
    .toLocaleLowerCase()
    .includes(words.toLocaleLowerCase());

/** One source of a configuration with its intervals and its tags. */
export function TagSource(props: Props) {
  const { source, words, machines, removed, problems, onChange, onRemove } = props;
  const { t } = useTranslation();
  const word = useEnum();
  const [shown, setShown] = useState(ROWS);
  const isOpcUa = source.kind === "opcua";
  const own = problems.get(source.key) ?? {};
  // A row with a problem is shown whatever is looked for, or its field could not be found.
  const fitting = source.tags.filter((tag) => says(tag, words) || problems.has(tag.key));
  const interval = (name: string, label: string) => (
    <TextInput
      label={label}
      inputMode="decimal"
      value={text(source.facts[name])}
      error={own[name]}
      placeholder={t("configuration.byDefault")}
      onChange={(event) => onChange(source.key, name, event.currentTarget.value)}
    />
  );
  return (
    <Section
      flush
      title={source.name}
      aside={
        <span className={classes.count}>
          {[word("sourceKind", source.kind), source.address].filter(Boolean).join(" · ")}
        </span>
      }
    >
      {isOpcUa ? (
        <div className={classes.intervals}>
          {interval("publishing_interval_ms", t("configuration.publishingOfAll"))}
          {interval("sampling_interval_ms", t("configuration.samplingOfAll"))}
        </div>
      ) : null}
      {own[""] ? <p className={classes.sourceProblem}>{own[""]}</p> : null}
      {fitting.slice(0, shown).map((tag) => (
        <TagRow
          key={tag.key}
          tag={tag}
          machines={machines}
          sampled={isOpcUa}
          removed={removed.has(tag.key)}
          problems={problems.get(tag.key)}
          onChange={onChange}
          onRemove={onRemove}
        />
      ))}
      {fitting.length === 0 ? (
        <p className={classes.sourceProblem}>
          {t(source.tags.length > 0 ? "common.nothingFound" : "configuration.onlyPatterns")}
        </p>
      ) : null}
      {fitting.length > shown ? (
        <div className={classes.moreRows}>
          <Button variant="default" size="xs" onClick={() => setShown(shown + ROWS)}>
            {t("common.loadMore")}
          </Button>
        </div>
      ) : null}
    </Section>
  );
}
