import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Gauge, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar, FilterChip } from "../ui/FilterChips";
import { AssetLink } from "../ui/links";
import { Nothing } from "../ui/Nothing";
import { Page } from "../ui/Page";
import { Section } from "../ui/Section";
import { DateOnly } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { rowsOf } from "../ui/usePaged";
import { AlarmMark } from "./AlarmMark";
import { useAssets } from "./api";
import { EQUIPMENT_CLASSES } from "./classes";

/** The installed base; machines that have an open alarm stand out. */
export function AssetsPage() {
  const { t } = useTranslation();
  const word = useEnum();
  const navigate = useNavigate();
  const filters = useSearch({ from: "/assets" });
  const [typed, setTyped] = useState(filters.q ?? "");
  const assets = useAssets({ q: filters.q, equipmentClass: filters.class });
  const set = (change: Partial<typeof filters>) =>
    void navigate({ to: "/assets", search: { ...filters, ...change }, replace: true });
  const search = useDebouncedCallback((q: string) => set({ q: q.trim() || undefined }), 200);
  return (
    <Page title={t("assets.title")}>
      <FilterBar>
        <TextInput
          aria-label={t("assets.find")}
          placeholder={t("assets.find")}
          leftSection={<Search size={15} />}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            search(event.currentTarget.value);
          }}
        />
        <FilterChip
          label={t("assets.class")}
          choices={EQUIPMENT_CLASSES.map((value) => ({
            value,
            label: word("equipmentClass", value),
          }))}
          value={filters.class}
          onChange={(chosen) => set({ class: chosen })}
        />
      </FilterBar>
      <Section flush>
        <DataTable
          label={t("assets.title")}
          rowKey={(row) => row.id}
          rowLink={(row) => ({ to: "/assets/$assetId", params: { assetId: row.id } })}
          empty={<EmptyState icon={Gauge} title={t("assets.empty")} hint={t("assets.emptyHint")} />}
          columns={[
            {
              key: "asset",
              header: t("common.asset"),
              phone: "main",
              cell: (row) => <AssetLink id={row.id} name={row.name} serial={row.serial_number} />,
            },
            {
              key: "alarm",
              header: t("alarms.alarm"),
              phone: "side",
              cell: (row) => <AlarmMark assetId={row.id} />,
            },
            {
              key: "model",
              header: t("assets.model"),
              cell: (row) => `${row.model_code} · ${word("equipmentClass", row.equipment_class)}`,
            },
            { key: "customer", header: t("common.customer"), cell: (row) => row.organisation_name },
            {
              key: "site",
              header: t("common.site"),
              cell: (row) =>
                [row.site_name, row.location].filter(Boolean).join(" · ") || <Nothing />,
            },
            {
              key: "since",
              header: t("assets.commissioned"),
              phone: "hidden",
              cell: (row) => <DateOnly on={row.commissioned_on} />,
            },
          ]}
          {...rowsOf(assets)}
        />
      </Section>
    </Page>
  );
}
