import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http } from "../../api/client";
import { quantity } from "../../ui/format";
import { QueryState } from "../../ui/QueryState";
import { Timeline } from "../../ui/Timeline";
import type { Limit } from "./draft";
import classes from "./limits.module.css";

interface Props {
  kind: "series" | "product_model";
  id: string;
  /** Of a product model: the series whose limits are meant. */
  series: string;
}

/** Who set which limits, and when; the audit trail's own words. */
export function LimitsHistory({ kind, id, series }: Props) {
  const { t } = useTranslation();
  const entries = useQuery({
    queryKey: ["audit", "limits", kind, id],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/audit", {
          params: { query: { object_kind: kind, object_id: id, limit: 50 } },
          signal,
        }),
      ),
  });
  const field = kind === "series" ? "limits" : `limits of ${series}`;
  return (
    <section aria-label={t("limits.history")} data-testid="limits-history">
      <strong>{t("limits.history")}</strong>
      <QueryState query={entries} height={40} small>
        {({ items }) => {
          const told = items.filter((entry) => field in entry.changes).toReversed();
          if (told.length === 0) return <p className={classes.note}>{t("limits.noHistory")}</p>;
          return (
            <Timeline
              label={t("limits.history")}
              items={told.map((entry) => ({
                id: String(entry.id),
                at: entry.recorded_at,
                who: entry.actor_name,
                what: t(entry.action === "limits.set" ? "limits.setBy" : "limits.inheritedBy"),
                note: shown(entry.changes[field]),
              }))}
            />
          );
        }}
      </QueryState>
    </section>
  );
}

function shown(change: unknown): string {
  const [, after] = Array.isArray(change) ? change : [];
  if (!Array.isArray(after) || after.length === 0) return "–";
  return (after as Limit[])
    .map(({ kind, setpoint }) => `${kind.toUpperCase()} ${quantity(setpoint)}`)
    .join(" · ");
}
