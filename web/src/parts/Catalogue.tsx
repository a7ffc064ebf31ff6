import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Boxes, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../app/session";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar } from "../ui/FilterChips";
import { money } from "../ui/format";
import { Nothing } from "../ui/Nothing";
import type { Field } from "../ui/record/fields";
import { RecordDialog } from "../ui/record/RecordDialog";
import { Section } from "../ui/Section";
import { rowsOf } from "../ui/usePaged";
import { useCreatePart, useParts } from "./api";

/** Every part there is. */
export function Catalogue() {
  const { t, i18n } = useTranslation();
  const may = useMay();
  const [typed, setTyped] = useState("");
  const [query] = useDebouncedValue(typed.trim(), 200);
  const [adding, setAdding] = useState(false);
  const parts = useParts(query);
  const create = useCreatePart(() => setAdding(false));
  const fields: Field[] = [
    { name: "number", label: t("parts.number"), form: "text", required: true },
    { name: "name_en", label: t("parts.nameEn"), form: "text", required: true },
    { name: "name_zh", label: t("parts.nameZh"), form: "text", required: true },
    {
      name: "supersedes",
      label: t("parts.supersedes"),
      form: "text",
      hint: t("parts.supersedesHint"),
    },
    { name: "serialised", label: t("parts.serialisedHint"), form: "switch" },
    { name: "unit_price_minor", label: t("parts.priceMinor"), form: "number" },
    {
      name: "currency",
      label: t("parts.currency"),
      form: "choice",
      choices: ["CNY", "EUR", "USD", "GBP", "JPY"].map((value) => ({ value, label: value })),
    },
  ];
  return (
    <>
      <FilterBar>
        <TextInput
          aria-label={t("parts.find")}
          placeholder={t("parts.find")}
          leftSection={<Search size={15} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {may("policies.manage") ? (
          <Button ml="auto" onClick={() => setAdding(true)} data-testid="add-part-number">
            {t("parts.newPart")}
          </Button>
        ) : null}
      </FilterBar>
      <Section flush>
        <DataTable
          label={t("parts.title")}
          rowKey={(row) => row.id}
          empty={
            query ? (
              <EmptyState title={t("common.nothingFound")} />
            ) : (
              <EmptyState
                icon={Boxes}
                title={t("parts.emptyParts")}
                hint={t("parts.emptyPartsHint")}
              />
            )
          }
          columns={[
            { key: "number", header: t("parts.number"), phone: "main", cell: (row) => row.number },
            {
              key: "name",
              header: t("parts.names"),
              cell: (row) => (i18n.language === "zh" ? row.name_zh : row.name_en),
            },
            {
              key: "serialised",
              header: t("parts.serialised"),
              cell: (row) => (row.serialised ? t("common.yes") : t("common.no")),
            },
            {
              key: "price",
              header: t("parts.price"),
              align: "right",
              phone: "side",
              cell: (row) =>
                typeof row.unit_price_minor === "number" && row.currency ? (
                  money(row.unit_price_minor, row.currency)
                ) : (
                  <Nothing />
                ),
            },
          ]}
          {...rowsOf(parts)}
        />
      </Section>
      {adding ? (
        <RecordDialog
          title={t("parts.newPart")}
          fields={fields}
          record={null}
          save={create}
          onClose={() => {
            setAdding(false);
            create.reset();
          }}
        />
      ) : null}
    </>
  );
}
