import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { usePaged } from "../ui/usePaged";

export type Alarm = Schemas["AlarmView"];

export const ALARM_STATES = [
  "active_unacknowledged",
  "active_acknowledged",
  "returned_unacknowledged",
  "normal",
] as const;
export const SEVERITIES = ["critical", "high", "medium", "low"] as const;
export const CATEGORIES = ["machine", "sensor"] as const;

export interface AlarmFilter {
  state?: string;
  active?: boolean;
  severity?: string;
  category?: string;
  assetId?: string;
  historical?: boolean;
}

export function useAlarms(filter: AlarmFilter, enabled = true) {
  return usePaged<Alarm>(
    ["alarms", "list", filter],
    (cursor, signal) =>
      ask(
        http.GET("/api/v1/alarms", {
          params: {
            query: {
              cursor,
              limit: 50,
              state: filter.state ? [filter.state as Alarm["state"]] : undefined,
              active: filter.active,
              severity: filter.severity as Alarm["severity"] | undefined,
              category: filter.category as Alarm["category"] | undefined,
              asset_id: filter.assetId,
              historical: filter.historical,
            },
          },
          signal,
        }),
      ),
    enabled,
  );
}

/** All alarms that are active now, to mark machines with. */
export function useOpenAlarms(enabled: boolean) {
  return useQuery({
    queryKey: ["alarms", "active"],
    queryFn: ({ signal }) =>
      ask(http.GET("/api/v1/alarms", { params: { query: { active: true, limit: 200 } }, signal })),
    enabled,
  });
}

export function useAlarm(alarmId: string) {
  return useQuery({
    queryKey: ["alarms", "one", alarmId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/alarms/{alarm_id}", { params: { path: { alarm_id: alarmId } }, signal }),
      ),
  });
}

export function useAcknowledge(alarm: Alarm) {
  const { t } = useTranslation();
  return useAction({
    run: (comment: string | null) =>
      ask(
        http.POST("/api/v1/alarms/{alarm_id}/acknowledge", {
          // Without a version: while the alarm is active each worse reading makes a new one, and who takes
          // note means the alarm. Two people at once are told apart by the API all the same.
          params: { path: { alarm_id: alarm.id } },
          body: { comment },
        }),
      ),
    touches: [["alarms"]],
    done: () => t("alarms.acknowledged"),
  });
}
