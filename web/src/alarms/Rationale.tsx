import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http } from "../api/client";
import { Facts } from "../ui/Facts";
import { duration } from "../ui/format";
import { QueryState } from "../ui/QueryState";
import { Section } from "../ui/Section";
import { Severity } from "../ui/Severity";
import { useLocal } from "../ui/useLocal";

/** Why there is such an alarm: its cause, what follows if nobody acts, what to do, how soon (ISA-18.2). */
export function Rationale({ alarmId }: { alarmId: string }) {
  const { t } = useTranslation();
  const local = useLocal();
  const rationale = useQuery({
    queryKey: ["alarms", "rationale", alarmId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/alarms/{alarm_id}/rationale", {
          params: { path: { alarm_id: alarmId } },
          signal,
        }),
      ),
    staleTime: 300_000,
  });
  return (
    <Section title={t("alarms.rationale")} testId="rationale">
      <QueryState query={rationale} height={80} small>
        {(found) => (
          <Facts
            items={[
              { label: t("alarms.probablyFrom"), value: local(found.cause), wide: true },
              { label: t("alarms.whatToDo"), value: local(found.response), wide: true },
              { label: t("alarms.otherwise"), value: local(found.consequence), wide: true },
              { label: t("alarms.within"), value: duration(found.respond_within_min * 60) },
              {
                label: t("alarms.priority"),
                value: found.priority ? <Severity level={found.priority} /> : t("alarms.byScore"),
              },
            ]}
          />
        )}
      </QueryState>
    </Section>
  );
}
