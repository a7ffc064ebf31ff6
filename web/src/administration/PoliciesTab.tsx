import { Button } from "@mantine/core";
import { ScrollText } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { MODELS } from "../api/sources";
import { useMay } from "../app/session";
import { DataTable } from "../ui/DataTable";
import { EmptyState } from "../ui/EmptyState";
import { FilterBar } from "../ui/FilterChips";
import { today } from "../ui/format";
import { Nothing } from "../ui/Nothing";
import type { Field } from "../ui/record/fields";
import { RecordDialog } from "../ui/record/RecordDialog";
import { Section } from "../ui/Section";
import { DateOnly } from "../ui/TimeAgo";
import { useEnum } from "../ui/useEnum";
import { rowsOf } from "../ui/usePaged";
import { EndPolicyDialog } from "./EndPolicyDialog";
import { type Policy, useCreatePolicy, usePolicies } from "./policies";

const STARTS = ["commissioning", "installation", "delivery", "invoice"];

/** What is covered for how long; a policy is never changed, it ends and another begins. */
export function PoliciesTab() {
  const { t, i18n } = useTranslation();
  const word = useEnum();
  const may = useMay()("policies.manage");
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState<Policy | null>(null);
  const policies = usePolicies();
  const create = useCreatePolicy(() => setAdding(false));
  const fields: Field[] = [
    { name: "name_en", label: t("parts.nameEn"), form: "text", required: true },
    { name: "name_zh", label: t("parts.nameZh"), form: "text", required: true },
    {
      name: "start_event",
      label: t("policies.startsWith"),
      form: "choice",
      required: true,
      initial: "commissioning",
      choices: STARTS.map((value) => ({ value, label: word("startEvent", value) })),
    },
    { name: "months", label: t("policies.months"), form: "number", required: true, initial: "12" },
    {
      name: "effective_from",
      label: t("policies.from"),
      form: "date",
      required: true,
      initial: today(),
    },
    {
      name: "model_id",
      label: t("assets.model"),
      form: "remote",
      hint: t("policies.modelHint"),
      source: () => MODELS,
    },
    {
      name: "part_number",
      label: t("tickets.partNumber"),
      form: "text",
      hint: t("policies.partHint"),
    },
    { name: "meter_limit", label: t("policies.meterLimit"), form: "number" },
    { name: "meter_unit", label: t("policies.meterUnit"), form: "text", initial: "h" },
    {
      name: "replacement_days_min",
      label: t("policies.replacementDays"),
      form: "number",
      initial: "90",
    },
  ];
  return (
    <>
      {may ? (
        <FilterBar>
          <Button ml="auto" onClick={() => setAdding(true)} data-testid="add-record">
            {t("policies.new")}
          </Button>
        </FilterBar>
      ) : null}
      <Section flush>
        <DataTable
          label={t("administration.tabs.policies")}
          rowKey={(row) => row.id}
          empty={
            <EmptyState
              icon={ScrollText}
              title={t("policies.empty")}
              hint={t("policies.emptyHint")}
            />
          }
          columns={[
            {
              key: "name",
              header: t("common.name"),
              phone: "main",
              cell: (row) => (i18n.language === "zh" ? row.name_zh : row.name_en),
            },
            {
              key: "terms",
              header: t("policies.terms"),
              cell: (row) =>
                t("policies.termsText", {
                  months: row.months,
                  start: word("startEvent", row.start_event),
                }),
            },
            {
              key: "meter",
              header: t("policies.meterLimit"),
              cell: (row) =>
                row.meter_limit ? `${row.meter_limit} ${row.meter_unit}` : <Nothing />,
            },
            {
              key: "replacement",
              header: t("policies.replacementDays"),
              align: "right",
              cell: (row) => row.replacement_days_min,
            },
            {
              key: "from",
              header: t("policies.from"),
              cell: (row) => <DateOnly on={row.effective_from} />,
            },
            {
              key: "to",
              header: t("policies.to"),
              cell: (row) => <DateOnly on={row.effective_to} />,
            },
            {
              key: "verbs",
              header: "",
              align: "right",
              phone: "side",
              cell: (row) =>
                may && !row.effective_to ? (
                  <Button size="compact-xs" variant="default" onClick={() => setEnding(row)}>
                    {t("policies.end")}
                  </Button>
                ) : null,
            },
          ]}
          {...rowsOf(policies)}
        />
      </Section>
      {adding ? (
        <RecordDialog
          title={t("policies.new")}
          fields={fields}
          record={null}
          save={create}
          onClose={() => {
            setAdding(false);
            create.reset();
          }}
        />
      ) : null}
      {ending ? <EndPolicyDialog policy={ending} onClose={() => setEnding(null)} /> : null}
    </>
  );
}
