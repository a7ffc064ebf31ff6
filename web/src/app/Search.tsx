import { useHotkeys } from "@mantine/hooks";
import { lazy, Suspense, useSyncExternalStore } from "react";

const SearchDialog = lazy(() => import("./SearchDialog"));

let opened = false;
const listeners = new Set<() => void>();

export function setSearchOpened(value: boolean): void {
  opened = value;
  for (const each of listeners) each();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** One search for everything, on Ctrl/⌘-K; its code is fetched when it is first wanted. */
export function Search() {
  const shown = useSyncExternalStore(subscribe, () => opened);
  useHotkeys([["mod+K", () => setSearchOpened(true)]], []);
  return shown ? (
    <Suspense fallback={null}>
      <SearchDialog />
    </Suspense>
  ) : null;
}
