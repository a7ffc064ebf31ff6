// Says once, quietly, that something was done. Refusals never go here: they stay where they happened.
import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import classes from "./toast.module.css";

interface Toast {
  id: number;
  message: string;
}

const SHOWN_MS = 4_000;
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

export function toast(message: string): void {
  const id = next;
  next += 1;
  change([...toasts, { id, message }].slice(-SHOWN_MAX));
  setTimeout(() => dismiss(id), SHOWN_MS);
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
          <button type="button" aria-label={t("common.close")} onClick={() => dismiss(each.id)}>
            <X size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
