import {
  Button,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { FormDialog } from "../ui/FormDialog";
import { today } from "../ui/format";
import { useEnum } from "../ui/useEnum";
import {
  type Action,
  CAUSES,
  FAILURE_MODES,
  type Family,
  REMEDIES,
  type TicketDetail,
  useMove,
} from "./api";
import { PartLine } from "./PartLine";
import { asResolution, emptyPart, type ResolutionValues } from "./resolution";

interface Props {
  family: Family;
  detail: TicketDetail;
  action: Action;
  onClose: () => void;
}

/** What was found and done: what closes an order, and what a claim is made from later. */
export function ResolutionDialog({ family, detail, action, onClose }: Props) {
  const { t } = useTranslation();
  const word = useEnum();
  const isOrder = family === "work_order";
  const move = useMove(family, detail.id, detail.version, onClose);
  const needed = (value: unknown) => (value === null || value === "" ? t("common.required") : null);
  const form = useForm<ResolutionValues>({
    initialValues: {
      findings: "",
      cause: null,
      remedy: null,
      labourMinutes: "",
      failureMode: detail.failure_mode === "unspecified" ? null : detail.failure_mode,
      performedOn: today(),
      parts: [],
    },
    validate: {
      findings: (value) => needed(value.trim()),
      cause: (value) => (isOrder ? needed(value) : null),
      remedy: (value) => (isOrder ? needed(value) : null),
      labourMinutes: (value) => (isOrder ? needed(value) : null),
      parts: {
        partNumber: (value) => needed(value.trim()),
        position: (value) => needed(value.trim()),
      },
    },
  });
  const submit = form.onSubmit((values) =>
    move.mutate({ action, resolution: asResolution(values, isOrder) }),
  );
  const choices = (name: "cause" | "remedy" | "failureMode", codes: readonly string[]) =>
    codes.map((value) => ({ value, label: word(name, value) }));

  return (
    <FormDialog
      opened
      onClose={onClose}
      wide={isOrder}
      title={t("tickets.actionOn", { action: word("action", action), number: detail.number })}
      submitLabel={word("action", action)}
      pending={move.isPending}
      error={move.error}
      onSubmit={() => submit()}
      testId={`form-${action}`}
    >
      <Textarea
        label={t("tickets.findings")}
        description={t("tickets.findingsHint")}
        autosize
        minRows={3}
        data-autofocus
        data-testid="findings"
        {...form.getInputProps("findings")}
      />
      {isOrder ? (
        <>
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
            <Select
              label={t("tickets.cause")}
              data={choices("cause", CAUSES)}
              searchable
              data-testid="cause"
              {...form.getInputProps("cause")}
            />
            <Select
              label={t("tickets.remedy")}
              data={choices("remedy", REMEDIES)}
              searchable
              data-testid="remedy"
              {...form.getInputProps("remedy")}
            />
            <Select
              label={t("tickets.failureMode")}
              data={choices("failureMode", FAILURE_MODES)}
              searchable
              clearable
              {...form.getInputProps("failureMode")}
            />
            <NumberInput
              label={t("tickets.labour")}
              suffix={` ${t("tickets.minutes")}`}
              min={0}
              max={100_000}
              allowDecimal={false}
              data-testid="labour-minutes"
              {...form.getInputProps("labourMinutes")}
            />
            <TextInput
              type="date"
              label={t("tickets.performedOn")}
              max={today()}
              data-testid="performed-on"
              {...form.getInputProps("performedOn")}
            />
          </SimpleGrid>
          <Stack gap="xs">
            <Group justify="space-between">
              <Text size="sm" fw={600}>
                {t("tickets.partsReplaced")}
              </Text>
              <Button
                size="xs"
                variant="default"
                leftSection={<Plus size={14} />}
                data-testid="add-part"
                onClick={() => form.insertListItem("parts", emptyPart())}
              >
                {t("tickets.addPart")}
              </Button>
            </Group>
            {form.values.parts.length === 0 ? (
              <Text size="xs" c="dimmed">
                {t("tickets.noPartsHint")}
              </Text>
            ) : null}
            {form.values.parts.map((part, index) => (
              <PartLine key={part.key} form={form} index={index} assetId={detail.asset_id} />
            ))}
          </Stack>
        </>
      ) : null}
    </FormDialog>
  );
}
