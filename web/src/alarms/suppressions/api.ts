import { useTranslation } from "react-i18next";
import { ask, http, type Schemas } from "../../api/client";
import { useAction } from "../../api/useAction";
import { usePaged } from "../../ui/usePaged";

export type Suppression = Schemas["SuppressionView"];

/** What hides alarms of a machine or of a site, or did; the newest first. */
export function useSuppressions(
  place: { kind?: Suppression["kind"]; assetId?: string; siteId?: string; ended?: boolean },
  enabled = true,
) {
  return usePaged<Suppression>(
    ["alarms", "suppressions", place],
    (cursor, signal) =>
      ask(
        http.GET("/api/v1/alarm-suppressions", {
          params: {
            query: {
              cursor,
              limit: 100,
              kind: place.kind,
              asset_id: place.assetId,
              site_id: place.siteId,
              ended: place.ended,
            },
          },
          signal,
        }),
      ),
    enabled,
  );
}

export function useSuppress(key: string, then: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (body: Schemas["SuppressionIn"]) =>
      ask(
        http.POST("/api/v1/alarm-suppressions", {
          params: { header: { "idempotency-key": key } },
          body,
        }),
      ),
    touches: [["alarms"]],
    done: (made) =>
      t(made.kind === "maintenance" ? "suppressions.planned" : "suppressions.suppressed"),
    after: then,
  });
}

export function useEndSuppression(then: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (id: string) =>
      ask(
        http.POST("/api/v1/alarm-suppressions/{suppression_id}/end", {
          params: { path: { suppression_id: id } },
        }),
      ),
    touches: [["alarms"]],
    done: () => t("suppressions.ended"),
    after: then,
  });
}
