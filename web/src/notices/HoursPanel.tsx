import { Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionProblem } from "../ui/ActionProblem";
import { Section } from "../ui/Section";
import { type Preferences, useSetPreferences } from "./api";

const DIGESTS = ["at_once", "hourly", "daily"] as const;
const ZONES = Intl.supportedValuesOf("timeZone");

const minutes = (time: string | null) => time?.slice(0, 5) ?? "";

/** When somebody wants to be told: time zone, quiet hours, digest. */
export function HoursPanel({ saved }: { saved: Preferences }) {
  const { t } = useTranslation();
  const [zone, setZone] = useState(saved.time_zone);
  const [from, setFrom] = useState(minutes(saved.quiet_from));
  const [to, setTo] = useState(minutes(saved.quiet_to));
  const [digest, setDigest] = useState(saved.digest);
  const [dailyAt, setDailyAt] = useState(minutes(saved.daily_at));
  const save = useSetPreferences();
  const zones = ZONES.includes(zone) ? ZONES : [zone, ...ZONES];
  return (
    <Section title={t("notices.hours")} testId="hours">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate({
            time_zone: zone,
            quiet_from: from || null,
            quiet_to: to || null,
            digest,
            daily_at: dailyAt || "08:00",
          });
        }}
      >
        <Stack gap="sm">
          <NativeSelect
            label={t("notices.zone")}
            value={zone}
            onChange={(event) => setZone(event.currentTarget.value)}
            data={zones}
          />
          <Group grow align="flex-start">
            <TextInput
              type="time"
              label={t("notices.quietFrom")}
              value={from}
              onChange={(event) => setFrom(event.currentTarget.value)}
            />
            <TextInput
              type="time"
              label={t("notices.quietTo")}
              value={to}
              onChange={(event) => setTo(event.currentTarget.value)}
            />
          </Group>
          <NativeSelect
            label={t("notices.digest")}
            description={t("notices.quietHint")}
            value={digest}
            onChange={(event) => setDigest(event.currentTarget.value as Preferences["digest"])}
            data={DIGESTS.map((value) => ({ value, label: t(`notices.digests.${value}`) }))}
          />
          {digest === "daily" ? (
            <TextInput
              type="time"
              label={t("notices.dailyAt")}
              value={dailyAt}
              onChange={(event) => setDailyAt(event.currentTarget.value)}
            />
          ) : null}
          <ActionProblem error={save.error} onReload={save.reset} />
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
