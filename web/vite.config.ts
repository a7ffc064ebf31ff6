/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// What only forms need; it comes with the first page that has one.
const FORMS =
  /@mantine\/form|components\/(NumberInput|NativeSelect|Select|MultiSelect|TagsInput|Autocomplete|Combobox|PillsInput|Pill|Radio\/(?!RadioIcon)|Checkbox\/(?!CheckIcon)|Switch|SegmentedControl|Textarea|InlineInput|Fieldset)\/|react-number-format|react-textarea-autosize/;

// Where `npm run dev` finds a running API.
const api = process.env.FOREWARN_API_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // Nothing is inlined, so that the content security policy needs no data: or inline exceptions.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: "manifest.json",
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // A few files that stay in the browser's cache, not one for each component.
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            {
              name: "charts",
              test: /node_modules\/uplot|src\/charts\/(plot|SeriesPlot)/,
              priority: 4,
            },
            {
              name: "search",
              test: /@mantine\/spotlight|components\/Highlight|app\/SearchDialog/,
              priority: 4,
            },
            { name: "forms", test: FORMS, priority: 3 },
            { name: "vendor", test: /node_modules/, priority: 2 },
            {
              name: "base",
              test: /src\/(api|app|live|ui)\/(?!record|Remote|useLiveReadings|CommentForm|MomentInput|ReasonInput)/,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": { target: api, changeOrigin: false } } },
  test: {
    environment: "happy-dom",
    setupFiles: ["src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
