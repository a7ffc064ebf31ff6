import { useTranslation } from "react-i18next";
import { ask, http } from "../api/client";
import { useAction } from "../api/useAction";
import { toast } from "../ui/toast";
import { useEnum } from "../ui/useEnum";
import type { Alarm } from "./api";
import type { Verdict } from "./isa";

/** Says what an alarm turned out to be; what was said before is one tap away. */
export function useJudge(alarm: Alarm) {
  const { t } = useTranslation();
  const word = useEnum();
  const say = (verdict: Verdict | null) =>
    ask(
      http.PUT("/api/v1/alarms/{alarm_id}/feedback", {
        params: { path: { alarm_id: alarm.id } },
        body: { verdict },
      }),
    );
  const undo = useAction({ run: say, touches: [["alarms"]], done: () => t("alarms.judgeUndone") });
  return useAction({
    run: async (verdict: Verdict) => {
      const before = alarm.verdict ?? null;
      await say(verdict);
      return before;
    },
    touches: [["alarms"]],
    after: (before, verdict) =>
      toast(t("alarms.judged", { verdict: word("alarmVerdict", verdict) }), {
        label: t("common.undo"),
        run: () => undo.mutate(before),
      }),
  });
}
