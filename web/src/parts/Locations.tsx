import { Button } from "@mantine/core";
import { Warehouse } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ORGANISATIONS } from "../api/sources";
import { useMay, useMe } from "../app/session";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar } from "../ui/FilterChips";
import type { Field } from "../ui/record/fields";
import { RecordDialog } from "../ui/record/RecordDialog";
import { Section } from "../ui/Section";
import { ShortId } from "../ui/ShortId";
import { useEnum } from "../ui/useEnum";
import { useCreateLocation, useLocations } from "./api";

const KINDS = ["warehouse", "van", "supplier", "customer", "scrap"];

/** Where parts can be. */
export function Locations() {
  const { t } = useTranslation();
  const word = useEnum();
  const me = useMe();
  const may = useMay();
  const [adding, setAdding] = useState(false);
  const locations = useLocations();
  const create = useCreateLocation(() => setAdding(false));
  const fields: Field[] = [
    { name: "name", label: t("common.name"), form: "text", required: true },
    {
      name: "kind",
      label: t("common.kind"),
      form: "choice",
      required: true,
      initial: "warehouse",
      choices: KINDS.map((value) => ({ value, label: word("locationKind", value) })),
    },
    {
      name: "organisation_id",
      label: t("common.organisation"),
      form: "remote",
      required: true,
      initial: me.organisation.id,
      source: () => ORGANISATIONS,
    },
  ];
  return (
    <>
      {may("parts.move") ? (
        <FilterBar>
          <Button ml="auto" onClick={() => setAdding(true)}>
            {t("parts.newLocation")}
          </Button>
        </FilterBar>
      ) : null}
      <Section flush>
        <DataTable
          label={t("parts.tabs.locations")}
          rows={locations.data?.items}
          error={locations.error}
          retry={() => void locations.refetch()}
          rowKey={(row) => row.id}
          empty={<EmptyState icon={Warehouse} title={t("parts.emptyLocations")} />}
          columns={[
            { key: "name", header: t("common.name"), phone: "main", cell: (row) => row.name },
            {
              key: "kind",
              header: t("common.kind"),
              phone: "side",
              cell: (row) => word("locationKind", row.kind),
            },
            {
              key: "id",
              header: t("tickets.id"),
              phone: "hidden",
              cell: (row) => <ShortId id={row.id} />,
            },
          ]}
        />
      </Section>
      {adding ? (
        <RecordDialog
          title={t("parts.newLocation")}
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
