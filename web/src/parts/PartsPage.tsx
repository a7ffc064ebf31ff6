import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page } from "../ui/Page";
import { Tabs } from "../ui/Tabs";
import { Catalogue } from "./Catalogue";
import { Locations } from "./Locations";
import { Movements } from "./Movements";
import { Stock } from "./Stock";

const TABS = {
  catalogue: Catalogue,
  stock: Stock,
  movements: Movements,
  locations: Locations,
} as const;
type Tab = keyof typeof TABS;
const NAMES = Object.keys(TABS) as Tab[];

/** Spare parts: what there is, where it is, where it went. */
export function PartsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { tab } = useSearch({ from: "/parts" });
  const chosen: Tab = NAMES.find((name) => name === tab) ?? "catalogue";
  const Shown = TABS[chosen];
  return (
    <Page title={t("parts.title")}>
      <Tabs
        label={t("parts.title")}
        tabs={NAMES.map((name) => ({ value: name, label: t(`parts.tabs.${name}`) }))}
        value={chosen}
        onChange={(value) => void navigate({ to: "/parts", search: { tab: value }, replace: true })}
      />
      <Shown />
    </Page>
  );
}
