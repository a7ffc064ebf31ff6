import { Button, MultiSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDialog } from "../../ui/FormDialog";
import { percent } from "../../ui/format";
import { useSeries } from "../api";
import { type Redundancy, useSetGroups, useSuggestions } from "./api";

/** Chooses two or three sensors that measure the same; those that move alike are suggested. */
export function GroupDialog({ known, onClose }: { known: Redundancy; onClose: () => void }) {
  const { t } = useTranslation();
  const series = useSeries(known.asset_id);
  const suggestions = useSuggestions(known.asset_id);
  const [chosen, setChosen] = useState<string[]>([]);
  const [tolerance, setTolerance] = useState("");
  const save = useSetGroups(known, "redundancy.saved", onClose);
  const used = new Set(known.groups.flatMap((group) => group.series_ids));
  const all = series.data ?? [];
  const first = all.find((one) => String(one.id) === chosen[0]);
  const free = all.filter(
    (one) => !used.has(one.id) && (!first || (one.kind === first.kind && one.unit === first.unit)),
  );
  const nameOf = (id: number) => all.find((one) => one.id === id)?.name ?? String(id);
  const number = tolerance.trim() === "" ? null : Number(tolerance);
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("redundancy.addTitle")}
      submitLabel={t("redundancy.save")}
      pending={save.isPending}
      error={save.error}
      disabled={
        chosen.length < 2 ||
        chosen.length > 3 ||
        (number !== null && !(Number.isFinite(number) && number > 0))
      }
      onSubmit={() =>
        save.mutate([...known.groups, { series_ids: chosen.map(Number), tolerance: number }])
      }
      testId="form-redundancy"
    >
      {(suggestions.data?.items ?? []).map((one) => (
        <Button
          key={one.series_ids.join()}
          variant="default"
          size="compact-sm"
          h="auto"
          styles={{ label: { whiteSpace: "normal" } }}
          onClick={() => setChosen(one.series_ids.map(String))}
        >
          {t("redundancy.suggest", { names: one.series_ids.map(nameOf).join(" · ") })} (
          {t("redundancy.suggested")}, {percent(one.correlation)})
        </Button>
      ))}
      <MultiSelect
        label={t("redundancy.series")}
        value={chosen}
        onChange={setChosen}
        maxValues={3}
        searchable
        data={free.map((one) => ({ value: String(one.id), label: `${one.name} (${one.unit})` }))}
      />
      <TextInput
        label={`${t("redundancy.tolerance")}${first ? ` (${first.unit})` : ""}`}
        description={t("redundancy.toleranceHint")}
        inputMode="decimal"
        value={tolerance}
        onChange={(event) => setTolerance(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
