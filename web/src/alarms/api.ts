import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { usePaged } from "../ui/usePaged";
import type { IsaState, Verdict } from "./isa";

export type Alarm = Schemas["AlarmView"];

export const SEVERITIES = ["critical", "high", "medium", "low"] as const;
export const CATEGORIES = ["machine", "sensor"] as const;

export interface AlarmFilter {
  states?: IsaState[];
  active?: boolean;
  suppressed?: boolean;
  severity?: string;
  category?: string;
  verdict?: string;
  assetId?: string;
  siteId?: string;
  historical?: boolean;
}

const query = (filter: AlarmFilter) => ({
  isa_state: filter.states,
  active: filter.active,
  suppressed: filter.suppressed,
  severity: filter.severity as Alarm["severity"] | undefined,
  category: filter.category as Alarm["category"] | undefined,
  verdict: filter.verdict as Verdict | undefined,
  asset_id: filter.assetId,
  site_id: filter.siteId,
  historical: filter.historical,
});

export function useAlarms(filter: AlarmFilter, enabled = true) {
  return usePaged<Alarm>(
    ["alarms", "list", filter],
    (cursor, signal) =>
      ask(
        http.GET("/api/v1/alarms", {
          params: { query: { ...query(filter), cursor, limit: 50 } },
          signal,
        }),
      ),
    enabled,
  );
}

const COUNTED_MAX = 200;

/** How many alarms there are, up to a page of them; `more` says that there are others. */
export function useAlarmCount(filter: AlarmFilter) {
  return useQuery({
    queryKey: ["alarms", "count", filter],
    queryFn: async ({ signal }) => {
      const found = await ask(
        http.GET("/api/v1/alarms", {
          params: { query: { ...query(filter), limit: COUNTED_MAX } },
          signal,
        }),
      );
      return { count: found.items.length, more: found.next_cursor !== null };
    },
  });
}

/** All alarms that are active now and that people are told of, to mark machines with. */
export function useOpenAlarms(enabled: boolean) {
  return useQuery({
    queryKey: ["alarms", "active"],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/alarms", {
          params: { query: { active: true, suppressed: false, limit: 200 } },
          signal,
        }),
      ),
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

export function useShelve(alarmId: string, then: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (body: { until: string; reason: string }) =>
      ask(
        http.POST("/api/v1/alarms/{alarm_id}/shelve", {
          params: { path: { alarm_id: alarmId } },
          body,
        }),
      ),
    touches: [["alarms"]],
    done: () => t("alarms.doneMany.shelve", { count: 1 }),
    after: then,
  });
}

export function useUnshelve(alarmId: string) {
  const { t } = useTranslation();
  return useAction({
    run: () =>
      ask(
        http.POST("/api/v1/alarms/{alarm_id}/unshelve", {
          params: { path: { alarm_id: alarmId } },
        }),
      ),
    touches: [["alarms"]],
    done: () => t("alarms.doneMany.unshelve", { count: 1 }),
  });
}

export function useComment(alarmId: string, then: () => void) {
  return useAction({
    run: ({ text, key }: { text: string; key: string }) =>
      ask(
        http.POST("/api/v1/alarms/{alarm_id}/comments", {
          params: { path: { alarm_id: alarmId }, header: { "idempotency-key": key } },
          body: { text },
        }),
      ),
    touches: [["alarms", "journal", alarmId]],
    after: then,
  });
}

export function useJournal(alarmId: string) {
  return usePaged<Schemas["JournalEntryView"]>(["alarms", "journal", alarmId], (cursor, signal) =>
    ask(
      http.GET("/api/v1/alarms/{alarm_id}/journal", {
        params: { path: { alarm_id: alarmId }, query: { cursor, limit: 50 } },
        signal,
      }),
    ),
  );
}

export type Many = Schemas["ManyAlarmsIn"];

/** The same for one or many alarms; those that refuse come back with the reason. */
export function useHandleMany(after: (done: Schemas["ManyAlarmsView"], asked: Many) => void) {
  return useAction({
    run: (body: Many) => ask(http.POST("/api/v1/alarms/bulk", { body })),
    touches: [["alarms"]],
    after,
  });
}
