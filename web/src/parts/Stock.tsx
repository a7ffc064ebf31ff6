import { Button } from "@mantine/core";
import { PackageOpen } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar, FilterChip } from "../ui/FilterChips";
import { count } from "../ui/format";
import { Section } from "../ui/Section";
import { useEnum } from "../ui/useEnum";
import { rowsOf } from "../ui/usePaged";
import { useLocations, useStock } from "./api";
import { MoveDialog } from "./MoveDialog";

/** How many pieces of which part are where. */
export function Stock() {
  const { t, i18n } = useTranslation();
  const word = useEnum();
  const may = useMay();
  const [locationId, setLocationId] = useState<string | undefined>();
  const [moving, setMoving] = useState(false);
  const locations = useLocations();
  const stock = rowsOf(useStock(locationId));
  const places = (locations.data?.items ?? []).filter(
    (each) => each.kind !== "supplier" && each.kind !== "asset",
  );
  return (
    <>
      <FilterBar>
        <FilterChip
          label={t("parts.location")}
          choices={places.map((each) => ({ value: each.id, label: each.name }))}
          value={locationId}
          onChange={setLocationId}
        />
        {may("parts.move") ? (
          <Button ml="auto" onClick={() => setMoving(true)} data-testid="move-parts">
            {t("parts.move")}
          </Button>
        ) : null}
      </FilterBar>
      <Section flush>
        <DataTable
          label={t("parts.tabs.stock")}
          rowKey={(row) => `${row.location.id}-${row.part.id}`}
          empty={
            <EmptyState
              icon={PackageOpen}
              title={t("parts.emptyStock")}
              hint={t("parts.emptyStockHint")}
            />
          }
          columns={[
            {
              key: "part",
              header: t("parts.part"),
              phone: "main",
              cell: (row) =>
                `${row.part.number} · ${i18n.language === "zh" ? row.part.name_zh : row.part.name_en}`,
            },
            { key: "location", header: t("parts.location"), cell: (row) => row.location.name },
            {
              key: "kind",
              header: t("common.kind"),
              cell: (row) => word("locationKind", row.location.kind),
            },
            {
              key: "quantity",
              header: t("common.quantity"),
              align: "right",
              phone: "side",
              cell: (row) => count(row.quantity),
            },
          ]}
          {...stock}
          // A supplier's side of the ledger only counts what came from there.
          rows={stock.rows?.filter((row) => row.location.kind !== "supplier")}
        />
      </Section>
      {moving ? <MoveDialog onClose={() => setMoving(false)} /> : null}
    </>
  );
}
