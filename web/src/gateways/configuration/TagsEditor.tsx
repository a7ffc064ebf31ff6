import { Button, Group, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { ActionProblem } from "../../ui/ActionProblem";
import { FilterBar } from "../../ui/FilterChips";
import { FindBox } from "../../ui/FindBox";
import { Section } from "../../ui/Section";
import { TechnicalDetail } from "../../ui/TechnicalDetail";
import type { Gateway } from "../api";
import { machinesOf } from "../connect/machines";
import { useCheck, useWrite } from "./api";
import classes from "./configuration.module.css";
import { Differences } from "./Differences";
import { changed, finalOf, placedFault, sourcesOf } from "./draft";
import { TagSource } from "./TagSource";
import { type Fault, useFaultWords } from "./useFaultWords";

const CHECK_MS = 400;

interface Props {
  gateway: Gateway;
  from: Schemas["ConfigurationVersionDetail"];
  onClose: () => void;
}

/** The tags of a configuration as a draft: edited in fields, looked at as differences, then given. */
export function TagsEditor({ gateway, from, onClose }: Props) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(from.document);
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set());
  const [words, setWords] = useState<string>();
  const [reviewing, setReviewing] = useState(false);
  const final = useMemo(() => finalOf(draft, removed), [draft, removed]);
  const [settled] = useDebouncedValue(final, CHECK_MS);
  const check = useCheck(gateway.id, settled.document);
  const isSettled = settled === final && !check.isFetching;
  const machines = useMemo(
    () => machinesOf(gateway.organisation_id, gateway.site_id),
    [gateway.organisation_id, gateway.site_id],
  );
  const { placed, others } = useProblems(check.data?.faults, settled.keys);
  const change = useCallback(
    (key: string, name: string, typed: string) =>
      setDraft((before) => changed(before, key, name, typed)),
    [],
  );
  const remove = useCallback(
    (key: string, gone: boolean) =>
      setRemoved((before) => {
        const after = new Set(before);
        if (gone) after.add(key);
        else after.delete(key);
        return after;
      }),
    [],
  );
  const faults = check.data?.faults.length ?? 0;
  const differences = check.data?.differences ?? [];
  if (reviewing) {
    return (
      <Review
        gateway={gateway}
        from={from}
        document={final.document}
        differences={differences}
        onBack={() => setReviewing(false)}
        onClose={onClose}
      />
    );
  }
  return (
    <div className={classes.tagsEditor} data-testid="tags-editor">
      <FilterBar>
        <FindBox label={t("gateways.findTag")} value={words} onChange={setWords} />
        <span className={classes.count}>{t("configuration.tagsHint")}</span>
      </FilterBar>
      {sourcesOf(draft).map((source) => (
        <TagSource
          key={source.key}
          source={source}
          words={words ?? ""}
          machines={machines}
          removed={removed}
          problems={placed}
          onChange={change}
          onRemove={remove}
        />
      ))}
      <div className={classes.editorFoot}>
        <div role="status" aria-live="polite">
          {others.map((each) => (
            <div key={each.place + each.words} className={classes.sourceProblem}>
              {each.place ? <code>{each.place} </code> : null}
              {each.words}
              <TechnicalDetail text={each.own} />
            </div>
          ))}
          <span className={classes.count} data-testid="draft-state">
            {!isSettled
              ? t("configuration.checking")
              : faults > 0
                ? t("configuration.faults", { count: faults })
                : t("configuration.draftChanges", { count: differences.length })}
          </span>
          <ActionProblem error={check.error} onReload={onClose} />
        </div>
        <Group gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("common.back")}
          </Button>
          <Button
            onClick={() => setReviewing(true)}
            disabled={!isSettled || faults > 0 || differences.length === 0}
            data-testid="review-draft"
          >
            {t("configuration.review")}
          </Button>
        </Group>
      </div>
    </div>
  );
}

/** Faults by the tag and field they are about, and those that are about none that is shown. */
function useProblems(faults: Fault[] | undefined, keys: ReadonlyMap<string, string>) {
  const inWords = useFaultWords();
  return useMemo(() => {
    const placed = new Map<string, Record<string, string>>();
    const others: { place: string; words: string; own: string }[] = [];
    for (const fault of faults ?? []) {
      const { words, own } = inWords(fault);
      const at = placedFault(fault, keys);
      if (at)
        placed.set(at.key, { ...placed.get(at.key), [at.field]: own ? `${words}: ${own}` : words });
      else others.push({ place: fault.place, words, own });
    }
    return { placed, others };
  }, [faults, keys, inWords]);
}

interface ReviewProps extends Props {
  document: Props["from"]["document"];
  differences: Schemas["DifferenceView"][];
  onBack: () => void;
}

/** What the draft would change, before it is given to the gateway. */
function Review({ gateway, from, document, differences, onBack, onClose }: ReviewProps) {
  const { t } = useTranslation();
  const [note, setNote] = useState("");
  const write = useWrite(gateway.id, onClose);
  return (
    <Section title={t("configuration.reviewTitle")} testId="draft-review">
      <Differences
        items={differences}
        before={t("configuration.versionShort", { version: from.version })}
        after={t("configuration.draft")}
      />
      <TextInput
        label={t("configuration.why")}
        maxLength={500}
        autoFocus
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        data-testid="draft-note"
      />
      <ActionProblem error={write.error} onReload={onClose} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onBack}>
          {t("configuration.backToDraft")}
        </Button>
        <Button
          onClick={() => write.mutate({ document, note: note.trim(), basedOn: from.version })}
          loading={write.isPending}
          data-testid="draft-give"
        >
          {t("configuration.give")}
        </Button>
      </Group>
    </Section>
  );
}
