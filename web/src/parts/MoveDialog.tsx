import { NumberInput, Select, SimpleGrid, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { idempotencyKey } from "../api/client";
import { FormDialog } from "../ui/FormDialog";
import { useEnum } from "../ui/useEnum";
import { useLocations, useMoveParts, usePartNumbers } from "./api";

/** Moving pieces of one part from one place to another. */
export function MoveDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const word = useEnum();
  const key = useMemo(idempotencyKey, []);
  const numbers = usePartNumbers();
  const locations = useLocations();
  const move = useMoveParts(key, onClose);
  const needed = (value: string | null) => (value?.trim() ? null : t("common.required"));
  const form = useForm({
    initialValues: {
      part: null as string | null,
      from: null as string | null,
      to: null as string | null,
      quantity: 1 as number | string,
      serial: "",
      reason: "",
    },
    validate: { part: needed, from: needed, to: needed },
  });
  const places = (locations.data?.items ?? []).map((each) => ({
    value: each.id,
    label: `${each.name} · ${word("locationKind", each.kind)}`,
  }));
  const submit = form.onSubmit((values) =>
    move.mutate({
      part_number: values.part ?? "",
      from_location_id: values.from ?? "",
      to_location_id: values.to ?? "",
      quantity: Number(values.quantity) || 1,
      serial_number: values.serial.trim() || null,
      reason: values.reason.trim() || null,
    }),
  );
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t("parts.move")}
      submitLabel={t("parts.moveSubmit")}
      onSubmit={() => submit()}
      pending={move.isPending}
      error={move.error}
      testId="move-form"
    >
      <Select
        label={t("parts.part")}
        data={numbers.data ?? []}
        searchable
        data-testid="move-part"
        {...form.getInputProps("part")}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Select
          label={t("parts.from")}
          data={places}
          searchable
          data-testid="move-from"
          {...form.getInputProps("from")}
        />
        <Select
          label={t("parts.to")}
          data={places}
          searchable
          data-testid="move-to"
          {...form.getInputProps("to")}
        />
        <NumberInput
          label={t("common.quantity")}
          min={1}
          max={1_000_000}
          allowDecimal={false}
          {...form.getInputProps("quantity")}
        />
        <TextInput
          label={`${t("parts.serial")} (${t("common.optional")})`}
          {...form.getInputProps("serial")}
        />
      </SimpleGrid>
      <TextInput
        label={`${t("common.reason")} (${t("common.optional")})`}
        {...form.getInputProps("reason")}
      />
    </FormDialog>
  );
}
