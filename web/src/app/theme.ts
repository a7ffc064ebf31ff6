import {
  type CSSVariablesResolver,
  createTheme,
  localStorageColorSchemeManager,
  type MantineColorsTuple,
} from "@mantine/core";

// The one accent, for actions. Kept away from red, orange, yellow and blue, which mean severities.
const accent: MantineColorsTuple = [
  "#e6f5f4",
  "#cfe8e6",
  "#a0d2cf",
  "#6dbbb6",
  "#43a7a1",
  "#219189",
  "#0f7d77",
  "#0c6b6b",
  "#0a5858",
  "#064544",
];

const gray: MantineColorsTuple = [
  "#f7f8f9",
  "#eff1f3",
  "#e3e6ea",
  "#d3d8de",
  "#b4bcc6",
  "#8f99a6",
  "#6b7684",
  "#505a67",
  "#353d48",
  "#1e242c",
];

const dark: MantineColorsTuple = [
  "#d5dae0",
  "#b2bac4",
  "#8a94a1",
  "#67717e",
  "#49525e",
  "#353d47",
  "#272e36",
  "#1d2329",
  "#161b20",
  "#0f1317",
];

export const fontFamily =
  'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei UI", "Microsoft YaHei", ' +
  '"Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif';

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 5 },
  colors: { accent, gray, dark },
  fontFamily,
  fontFamilyMonospace:
    'ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono CJK SC", monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.25rem" },
  spacing: { xs: "0.5rem", sm: "0.75rem", md: "1rem", lg: "1.5rem", xl: "2rem" },
  lineHeights: { xs: "1.45", sm: "1.5", md: "1.55", lg: "1.5", xl: "1.4" },
  defaultRadius: "sm",
  radius: { xs: "3px", sm: "5px", md: "8px", lg: "12px" },
  cursorType: "pointer",
  components: {
    Button: { defaultProps: { size: "sm" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
    TextInput: { defaultProps: { size: "sm" } },
    Select: { defaultProps: { size: "sm", checkIconPosition: "right" } },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.45 } } },
    Tooltip: {
      defaultProps: {
        openDelay: 300,
        withArrow: true,
        events: { hover: true, focus: true, touch: true },
      },
    },
  },
});

export const schemeManager = localStorageColorSchemeManager({ key: "forewarn.scheme" });

/** One set of tokens for both schemes; `app/tokens.css` gives them their names in style sheets. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#ffffff",
    "--mantine-color-text": "#1e242c",
    "--mantine-color-dimmed": "#5c6673",
    "--mantine-color-default-border": "#dce0e5",
  },
  dark: {
    "--mantine-color-body": "#1a2026",
    "--mantine-color-text": "#d5dae0",
    "--mantine-color-dimmed": "#929ca9",
    "--mantine-color-default-border": "#2c343d",
  },
});
