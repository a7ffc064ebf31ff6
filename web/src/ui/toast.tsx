// Says once, quietly, that something was done. Refusals never go here: they stay where they happened.
import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import classes from "./toast.module.css";

/** A way back from what was done. */
export interface Undo {
  label: string;
  run: () => void;
}

interface Toast {
  id: number;
  message: string;
  undo?: Undo;
}

const SHOWN_MS = 4_000;
// Time enough to read it and to think better of it.
const UNDO_MS = 10_000;
const SHOWN_MAX = 3;

let toasts: readonly Toast[] = [];
let next = 0;
const listeners = new Set<() => void>();

function change(to: readonly Toast[]): void {
  toasts = to;
  for (const each of listeners) each();
}

function dismiss(id: number): void {
  change(toasts.filter((each) => each.id !== id));
}

export function toast(message: string, undo?: Undo): void {
  const id = next;
  next += 1;
  change([...toasts, { id, message, undo }].slice(-SHOWN_MAX));
  setTimeout(() => dismiss(id), undo ? UNDO_MS : SHOWN_MS);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className={classes.toasts} role="status" aria-live="polite">
      {shown.map((each) => (
        <div key={each.id} className={classes.toast}>
          <span>{each.message}</span>
          {each.undo ? (
            <button
              type="button"
              className={classes.undo}
              onClick={() => {
                dismiss(each.id);
                each.undo?.run();
              }}
              data-testid="undo"
            >
              {each.undo.label}
            </button>
          ) : null}
          <button type="button" aria-label={t("common.close")} onClick={() => dismiss(each.id)}>
            <X size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
