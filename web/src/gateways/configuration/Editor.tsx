import { Button, Group, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { Problem } from "../../api/problem";
import { ActionProblem } from "../../ui/ActionProblem";
import { Section } from "../../ui/Section";
import { TechnicalDetail } from "../../ui/TechnicalDetail";
import type { Gateway } from "../api";
import { type Document, useCheck, useWrite } from "./api";
import classes from "./configuration.module.css";
import { EditorText } from "./EditorText";
import { lineOf, placesOf } from "./places";
import { useFaultWords } from "./useFaultWords";

const CHECK_MS = 500;

interface PlacedProblem {
  /** From 1; null where the problem names no place in the text. */
  line: number | null;
  place: string;
  what: string;
  /** In the words of the gateway's rules, where the page has none. */
  own: string;
}

interface Props {
  gateway: Gateway;
  /** The newest version; null when there is none yet. */
  from: Schemas["ConfigurationVersionDetail"] | null;
  onClose: () => void;
}

function parsed(text: string): Document | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Document)
      : null;
  } catch {
    return null;
  }
}

/** A new version, written as a whole; what the gateway would object to is shown at its line. */
export function Editor({ gateway, from, onClose }: Props) {
  const { t } = useTranslation();
  const started = useMemo(() => JSON.stringify(from?.document ?? {}, null, 2), [from]);
  const [text, setText] = useState(started);
  const [note, setNote] = useState("");
  const [settled] = useDebouncedValue(text, CHECK_MS);
  const area = useRef<HTMLTextAreaElement>(null);
  const document = useMemo(() => parsed(settled), [settled]);
  const check = useCheck(gateway.id, document);
  const inWords = useFaultWords();
  const write = useWrite(gateway.id, onClose);
  const problems = useMemo((): PlacedProblem[] => {
    const places = placesOf(settled);
    if (!document) {
      return [{ line: places.brokenAt ?? 1, place: "", what: t("configuration.noJson"), own: "" }];
    }
    return (check.data?.faults ?? []).map((fault) => {
      const { words, own } = inWords(fault);
      return { line: lineOf(fault.place, places), place: fault.place, what: words, own };
    });
  }, [settled, document, check.data, inWords, t]);
  const isSettled = settled === text && !check.isFetching;
  const changed = text !== started;
  const goTo = (line: number) => {
    const element = area.current;
    if (!element) return;
    const lines = element.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    element.focus();
    element.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
    element.scrollTop = Math.max(0, (line - 4) * 20);
  };
  const save = () => {
    const wanted = parsed(text);
    if (wanted) write.mutate({ document: wanted, note: note.trim(), basedOn: from?.version ?? 0 });
  };
  // What was refused for its content stands among the problems already.
  const isListed =
    write.error instanceof Problem && write.error.code === "gateway_configuration_invalid";
  return (
    <Section
      title={t("configuration.newVersion", { version: (from?.version ?? 0) + 1 })}
      testId="configuration-editor"
    >
      <p style={{ margin: 0, color: "var(--fw-muted)" }}>{t("configuration.editorHint")}</p>
      <EditorText
        ref={area}
        label={t("configuration.document")}
        text={text}
        wrong={problems.flatMap((each) => each.line ?? [])}
        onChange={setText}
      />
      <div role="status" aria-live="polite">
        {problems.length > 0 ? (
          <ul className={classes.problems} data-testid="configuration-problems">
            {problems.map((each) => (
              <li key={`${each.line} ${each.place} ${each.what}`}>
                <button
                  type="button"
                  disabled={each.line === null}
                  onClick={() => each.line !== null && goTo(each.line)}
                >
                  {each.line === null ? null : (
                    <span className={classes.lineNumber}>
                      {t("configuration.line", { line: each.line })}
                    </span>
                  )}
                  <span>
                    {each.place ? <code>{each.place} </code> : null}
                    {each.what}
                    <TechnicalDetail text={each.own} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
        ) : (
          <span className={classes.count}>
            {t(isSettled ? "configuration.noProblems" : "configuration.checking")}
          </span>
        )}
      </div>
      <TextInput
        label={t("configuration.why")}
        maxLength={500}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        data-testid="configuration-note"
      />
      <ActionProblem error={isListed ? null : (write.error ?? check.error)} onReload={onClose} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {t("common.back")}
        </Button>
        <Button
          onClick={save}
          loading={write.isPending}
          disabled={!changed || !isSettled || problems.length > 0}
          data-testid="configuration-save"
        >
          {t("configuration.give")}
        </Button>
      </Group>
    </Section>
  );
}
