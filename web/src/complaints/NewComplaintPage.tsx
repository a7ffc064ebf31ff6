import { Button, Group, Select, SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { idempotencyKey } from "../api/client";
import { ASSETS } from "../api/sources";
import { useMe } from "../app/session";
import { CATEGORIES, CHANNELS, LEVELS } from "../tickets/codes";
import { ActionProblem } from "../ui/ActionProblem";
import { Page, TwoColumns } from "../ui/Page";
import { RemoteSelect } from "../ui/RemoteSelect";
import { Section } from "../ui/Section";
import { useEnum } from "../ui/useEnum";
import { useCreateComplaint } from "./api";
import { KnownAbout } from "./KnownAbout";

type Level = (typeof LEVELS)[number];

interface Values {
  assetId: string | null;
  description: string;
  expectation: string;
  category: string;
  urgency: string;
  impact: string;
  channel: string;
  contactName: string;
  contactPhone: string;
  contactEmail: string;
}

/** Taking a complaint: only the words are needed; what is known of the machine stands beside. */
export function NewComplaintPage() {
  const { t } = useTranslation();
  const word = useEnum();
  const me = useMe();
  const navigate = useNavigate();
  const { asset } = useSearch({ from: "/complaints/new" });
  const key = useMemo(idempotencyKey, []);
  const isCustomer = me.organisation.kind === "customer";
  const form = useForm<Values>({
    initialValues: {
      assetId: asset ?? null,
      description: "",
      expectation: "",
      category: "machine_failure",
      urgency: "medium",
      impact: "medium",
      channel: isCustomer ? "web" : "phone",
      contactName: isCustomer ? me.name : "",
      contactPhone: "",
      contactEmail: isCustomer ? me.email : "",
    },
    validate: { description: (value) => (value.trim() ? null : t("common.required")) },
  });
  const create = useCreateComplaint(key, (id) =>
    navigate({ to: "/complaints/$complaintId", params: { complaintId: id } }),
  );
  const choices = (name: "complaintCategory" | "level" | "channel", codes: readonly string[]) =>
    codes.map((value) => ({ value, label: word(name, value) }));
  const submit = form.onSubmit((values) =>
    create.mutate({
      asset_id: values.assetId,
      description: values.description.trim(),
      category: values.category,
      urgency: values.urgency as Level,
      impact: values.impact as Level,
      channel: values.channel,
      contact_name: values.contactName.trim() || null,
      contact_phone: values.contactPhone.trim() || null,
      contact_email: values.contactEmail.trim() || null,
      expectation: values.expectation.trim() || null,
    }),
  );

  return (
    <Page
      title={t(isCustomer ? "complaints.ownTitle" : "complaints.newTitle")}
      crumbs={[{ label: t("complaints.title"), to: "/complaints" }]}
    >
      <TwoColumns
        main={
          <Section>
            <form onSubmit={submit} data-testid="complaint-form">
              <Stack gap="sm">
                <RemoteSelect
                  source={ASSETS}
                  label={t("complaints.machine")}
                  description={t("complaints.machineHint")}
                  value={form.values.assetId}
                  onChange={(assetId) => form.setFieldValue("assetId", assetId)}
                  testId="complaint-asset"
                />
                <Textarea
                  label={t("complaints.whatHappened")}
                  description={t(
                    isCustomer ? "complaints.ownWords" : "complaints.whatHappenedHint",
                  )}
                  autosize
                  minRows={4}
                  maxLength={10_000}
                  data-testid="complaint-description"
                  {...form.getInputProps("description")}
                />
                <Textarea
                  label={`${t(isCustomer ? "complaints.ownExpectation" : "complaints.expectation")} (${t("common.optional")})`}
                  autosize
                  minRows={2}
                  maxLength={2000}
                  data-testid="complaint-expectation"
                  {...form.getInputProps("expectation")}
                />
                <SimpleGrid cols={{ base: 2, sm: isCustomer ? 3 : 4 }} spacing="sm">
                  <Select
                    label={t("complaints.category")}
                    data={choices("complaintCategory", CATEGORIES)}
                    allowDeselect={false}
                    data-testid="complaint-category"
                    {...form.getInputProps("category")}
                  />
                  <Select
                    label={t("complaints.urgency")}
                    data={choices("level", LEVELS)}
                    allowDeselect={false}
                    data-testid="complaint-urgency"
                    {...form.getInputProps("urgency")}
                  />
                  <Select
                    label={t("complaints.impact")}
                    data={choices("level", LEVELS)}
                    allowDeselect={false}
                    data-testid="complaint-impact"
                    {...form.getInputProps("impact")}
                  />
                  {isCustomer ? null : (
                    <Select
                      label={t("complaints.channel")}
                      data={choices("channel", CHANNELS)}
                      allowDeselect={false}
                      data-testid="complaint-channel"
                      {...form.getInputProps("channel")}
                    />
                  )}
                </SimpleGrid>
                <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
                  <TextInput
                    label={t("complaints.contact")}
                    {...form.getInputProps("contactName")}
                  />
                  <TextInput
                    type="tel"
                    label={t("common.phone")}
                    {...form.getInputProps("contactPhone")}
                  />
                  <TextInput
                    type="email"
                    label={t("common.email")}
                    {...form.getInputProps("contactEmail")}
                  />
                </SimpleGrid>
                <ActionProblem error={create.error} />
                <Group justify="flex-end">
                  <Button type="submit" loading={create.isPending} data-testid="complaint-submit">
                    {t("complaints.submit")}
                  </Button>
                </Group>
              </Stack>
            </form>
          </Section>
        }
        side={<KnownAbout assetId={form.values.assetId} />}
      />
    </Page>
  );
}
