import { useTranslation } from "react-i18next";
import { EmptyState } from "../ui/EmptyState";
import { Section } from "../ui/Section";
import { AlarmTable } from "./AlarmTable";
import { useAlarms } from "./api";

/** The alarms of one machine, past ones included. */
export function AlarmsOfAsset({ assetId }: { assetId: string }) {
  const { t } = useTranslation();
  const alarms = useAlarms({ assetId });
  return (
    <Section title={t("alarms.title")} flush>
      <AlarmTable
        alarms={alarms}
        withoutAsset
        expect={3}
        empty={<EmptyState small title={t("alarms.noneOnAsset")} />}
      />
    </Section>
  );
}
