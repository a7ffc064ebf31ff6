import { useEffect, useRef } from "react";

export interface AlarmKeys {
  /** Called with the row that has the focus, if one has. */
  acknowledge: (focused: string | null) => void;
  shelve: (focused: string | null) => void;
  choose: (focused: string) => void;
  clear: () => void;
  help: () => void;
}

/** A key typed where it is text, or inside a window or menu, is none of ours. */
export function isElsewhere(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("[role=dialog], [role=menu], [role=listbox], [contenteditable=true]")) {
    return true;
  }
  const field = target.closest("input, textarea, select");
  return field !== null && field.getAttribute("type") !== "checkbox";
}

const rows = () => [...document.querySelectorAll<HTMLElement>("main tbody tr[data-row]")];

const focusedRow = () =>
  document.activeElement?.closest<HTMLElement>("tr[data-row]")?.dataset.row ?? null;

function pressed(event: KeyboardEvent, keys: AlarmKeys): boolean {
  const row = focusedRow();
  switch (event.key) {
    case "j":
    case "k":
      if (row !== null) return false;
      rows()[0]?.focus();
      return true;
    case "x":
      if (row === null) return false;
      keys.choose(row);
      return true;
    case "a":
      keys.acknowledge(row);
      return true;
    case "s":
      keys.shelve(row);
      return true;
    case "Escape":
      keys.clear();
      return true;
    case "?":
      keys.help();
      return true;
    default:
      return false;
  }
}

/** The keys of the alarm console: j and k move, x chooses, a acknowledges, s shelves, ? tells all that. */
export function useAlarmKeys(keys: AlarmKeys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const typed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isElsewhere(event.target)) return;
      if (pressed(event, latest.current)) event.preventDefault();
    };
    document.addEventListener("keydown", typed);
    return () => document.removeEventListener("keydown", typed);
  }, []);
}
