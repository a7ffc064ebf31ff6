import { type Ref, useRef } from "react";
import classes from "./configuration.module.css";

interface Props {
  ref: Ref<HTMLTextAreaElement>;
  label: string;
  text: string;
  /** Lines with a problem, from 1. */
  wrong: number[];
  onChange: (text: string) => void;
}

/** Text with line numbers; lines that have a problem are marked. */
export function EditorText({ ref, label, text, wrong, onChange }: Props) {
  const gutter = useRef<HTMLDivElement>(null);
  const lines = text.split("\n").length;
  return (
    <div className={classes.editor}>
      <div ref={gutter} className={classes.gutter} aria-hidden="true">
        {Array.from({ length: lines }, (_, index) => index + 1).map((line) => (
          <span key={line} data-wrong={wrong.includes(line) || undefined}>
            {line}
          </span>
        ))}
      </div>
      <textarea
        ref={ref}
        className={classes.text}
        aria-label={label}
        aria-invalid={wrong.length > 0}
        spellCheck={false}
        autoCapitalize="off"
        autoCorrect="off"
        wrap="off"
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
        data-testid="configuration-text"
      />
    </div>
  );
}
