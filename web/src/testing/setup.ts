import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterEach, beforeAll, vi } from "vitest";
import { startLanguage } from "../i18n";

// What Mantine asks of a browser and happy-dom has not.
window.matchMedia ??= ((query: string) => ({
  matches: false,
  media: query,
  onchange: null,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  addListener: () => undefined,
  removeListener: () => undefined,
  dispatchEvent: () => false,
})) as typeof window.matchMedia;

window.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};

// A text area that grows listens for fonts.
if (!document.fonts) {
  Object.defineProperty(document, "fonts", { value: new EventTarget(), configurable: true });
}

beforeAll(async () => {
  localStorage.setItem("forewarn.language", "en");
  await startLanguage();
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
