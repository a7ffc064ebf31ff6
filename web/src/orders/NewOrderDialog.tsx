import { Checkbox, Select, SimpleGrid, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { idempotencyKey, type Schemas } from "../api/client";
import { ASSETS } from "../api/sources";
import { FAILURE_MODES, ORDER_KINDS, PRIORITIES } from "../tickets/codes";
import { FormDialog } from "../ui/FormDialog";
import { RemoteSelect } from "../ui/RemoteSelect";
import { useEnum } from "../ui/useEnum";
import { useCreateOrder } from "./api";

type OrderCreate = Schemas["OrderCreate"];

/** A work order made by hand. */
export function NewOrderDialog({
  assetId = null,
  onClose,
}: {
  assetId?: string | null;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const word = useEnum();
  const navigate = useNavigate();
  const key = useMemo(idempotencyKey, []);
  const create = useCreateOrder(key, (order) => {
    onClose();
    void navigate({ to: "/work-orders/$orderId", params: { orderId: order.id } });
  });
  const needed = (value: string | null) => (value?.trim() ? null : t("common.required"));
  const form = useForm({
    initialValues: {
      assetId,
      kind: "corrective",
      title: "",
      description: "",
      priority: "P2",
      failureMode: null as string | null,
      assign: true,
    },
    validate: { assetId: needed, title: needed },
  });
  const submit = form.onSubmit((values) =>
    create.mutate({
      asset_id: values.assetId,
      kind: values.kind as OrderCreate["kind"],
      title: values.title.trim(),
      description: values.description.trim(),
      priority: values.priority as OrderCreate["priority"],
      failure_mode: values.failureMode,
      assign: values.assign,
    }),
  );
  const choices = (name: "ticketKind" | "priority" | "failureMode", codes: readonly string[]) =>
    codes.map((value) => ({ value, label: word(name, value) }));
  return (
    <FormDialog
      opened
      wide
      onClose={onClose}
      title={t("orders.new")}
      submitLabel={t("orders.make")}
      onSubmit={() => submit()}
      pending={create.isPending}
      error={create.error}
      testId="order-form"
    >
      <RemoteSelect
        source={ASSETS}
        label={t("common.asset")}
        testId="order-asset"
        value={form.values.assetId}
        error={form.errors.assetId}
        onChange={(assetId) => form.setFieldValue("assetId", assetId)}
      />
      <TextInput
        label={t("orders.what")}
        data-testid="order-title"
        {...form.getInputProps("title")}
      />
      <Textarea
        label={`${t("tickets.description")} (${t("common.optional")})`}
        autosize
        minRows={3}
        {...form.getInputProps("description")}
      />
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
        <Select
          label={t("common.kind")}
          data={choices("ticketKind", ORDER_KINDS)}
          allowDeselect={false}
          {...form.getInputProps("kind")}
        />
        <Select
          label={t("tickets.priority")}
          data={choices("priority", PRIORITIES)}
          allowDeselect={false}
          {...form.getInputProps("priority")}
        />
        <Select
          label={`${t("tickets.failureMode")} (${t("common.optional")})`}
          data={choices("failureMode", FAILURE_MODES)}
          clearable
          {...form.getInputProps("failureMode")}
        />
      </SimpleGrid>
      <Checkbox
        label={t("orders.assignBySkill")}
        {...form.getInputProps("assign", { type: "checkbox" })}
      />
    </FormDialog>
  );
}
