import {
  Button,
  Checkbox,
  Group,
  NumberInput,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { type ComponentType, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { idempotencyKey } from "../api/client";
import { ASSETS } from "../api/sources";
import { ActionProblem } from "../ui/ActionProblem";
import { today } from "../ui/format";
import { TwoColumns } from "../ui/Page";
import { RemoteSelect } from "../ui/RemoteSelect";
import { Section } from "../ui/Section";
import { useSubmitClaim } from "./api";
import { ClaimLineInput } from "./ClaimLineInput";
import { asClaim, type ClaimValues, emptyLine } from "./claimValues";

interface Props {
  begin: ClaimValues;
  /** What is known of the chosen machine. */
  aside: ComponentType<{ assetId: string }>;
}

/** The claim: machine, dates, and a line for each failed part with its coverage shown before it is sent. */
export function ClaimForm({ begin, aside: Aside }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const key = useMemo(idempotencyKey, []);
  const submitClaim = useSubmitClaim(key, (id) =>
    navigate({ to: "/claims/$claimId", params: { claimId: id } }),
  );
  const needed = (value: string | null) => (value?.trim() ? null : t("common.required"));
  const form = useForm<ClaimValues>({
    initialValues: begin,
    validate: {
      assetId: needed,
      failureOn: needed,
      lines: { partNumber: needed, position: needed },
    },
  });
  const submit = form.onSubmit((values) => submitClaim.mutate(asClaim(values)));
  return (
    <TwoColumns
      main={
        <Section>
          <form onSubmit={submit} data-testid="claim-form">
            <Stack gap="sm">
              {begin.workOrderId === null ? (
                <RemoteSelect
                  source={ASSETS}
                  label={t("common.asset")}
                  description={t("claims.assetHint")}
                  testId="claim-asset"
                  value={form.values.assetId}
                  error={form.errors.assetId}
                  onChange={(assetId) => form.setFieldValue("assetId", assetId)}
                />
              ) : null}
              <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
                <TextInput
                  type="date"
                  label={t("claims.failureOn")}
                  max={today()}
                  data-testid="claim-failure-on"
                  {...form.getInputProps("failureOn")}
                />
                <TextInput
                  type="date"
                  label={t("claims.repairedOn")}
                  max={today()}
                  data-testid="claim-repaired-on"
                  {...form.getInputProps("repairedOn")}
                />
                <NumberInput
                  label={t("claims.meter")}
                  min={0}
                  data-testid="claim-meter"
                  {...form.getInputProps("meter")}
                />
                <TextInput
                  label={t("claims.invoice")}
                  data-testid="claim-invoice"
                  {...form.getInputProps("invoiceNumber")}
                />
              </SimpleGrid>
              <Checkbox
                label={t("claims.customerPaid")}
                {...form.getInputProps("customerPaid", { type: "checkbox" })}
              />
              <Group justify="space-between">
                <Text fw={600} size="sm">
                  {t("claims.lines")}
                </Text>
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<Plus size={14} />}
                  onClick={() => form.insertListItem("lines", emptyLine())}
                >
                  {t("claims.addLine")}
                </Button>
              </Group>
              {form.values.lines.map((line, index) => (
                <ClaimLineInput key={line.key} form={form} index={index} />
              ))}
              <ActionProblem error={submitClaim.error} />
              <Group justify="flex-end">
                <Button type="submit" loading={submitClaim.isPending} data-testid="claim-submit">
                  {t("claims.submit")}
                </Button>
              </Group>
            </Stack>
          </form>
        </Section>
      }
      side={form.values.assetId ? <Aside assetId={form.values.assetId} /> : null}
    />
  );
}
