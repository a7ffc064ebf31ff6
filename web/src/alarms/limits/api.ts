import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, ifMatch, type Schemas } from "../../api/client";
import { useAction } from "../../api/useAction";

export type SeriesLimits = Schemas["SeriesWithLimits"];
export type LimitsInput = Schemas["LimitsIn"];

const TOUCHED = [["limits"], ["audit"]];

export function useLimitsOfAsset(assetId: string) {
  return useQuery({
    queryKey: ["limits", "asset", assetId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/assets/{asset_id}/limits", {
          params: { path: { asset_id: assetId } },
          signal,
        }),
      ),
  });
}

/** Everything that is set for a product model, by the name of the series. */
export function useAllLimitsOfModel(modelId: string) {
  return useQuery({
    queryKey: ["limits", "model", modelId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/product-models/{model_id}/limits", {
          params: { path: { model_id: modelId } },
          signal,
        }),
      ),
  });
}

export function useModel(modelId: string) {
  return useQuery({
    queryKey: ["product-models", modelId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/product-models/{model_id}", {
          params: { path: { model_id: modelId } },
          signal,
        }),
      ),
  });
}

/** What the product model has for series of a name, with the version that a change must name. */
export function useLimitsOfModel(modelId: string, seriesName: string, enabled: boolean) {
  return useQuery({
    queryKey: ["limits", "model", modelId, seriesName],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/product-models/{model_id}/limits/{series_name}", {
          params: { path: { model_id: modelId, series_name: seriesName } },
          signal,
        }),
      ),
    enabled,
  });
}

export function useSetLimits(series: SeriesLimits, then: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (body: LimitsInput) =>
      ask(
        http.PUT("/api/v1/series/{series_id}/limits", {
          params: {
            path: { series_id: series.series_id },
            header: { "if-match": ifMatch(series.version) },
          },
          body,
        }),
      ),
    touches: TOUCHED,
    done: () => t("limits.saved"),
    after: then,
  });
}

export function useSetLimitsOfModel(
  place: { modelId: string; seriesName: string; version: number },
  then: () => void,
) {
  const { t } = useTranslation();
  return useAction({
    run: (body: LimitsInput) =>
      ask(
        http.PUT("/api/v1/product-models/{model_id}/limits/{series_name}", {
          params: {
            path: { model_id: place.modelId, series_name: place.seriesName },
            header: { "if-match": ifMatch(place.version) },
          },
          body,
        }),
      ),
    touches: TOUCHED,
    done: () => t("limits.saved"),
    after: then,
  });
}

export function useInheritLimits(series: SeriesLimits, then: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: () =>
      ask(
        http.DELETE("/api/v1/series/{series_id}/limits", {
          params: {
            path: { series_id: series.series_id },
            header: { "if-match": ifMatch(series.version) },
          },
        }),
      ),
    touches: TOUCHED,
    done: () => t("limits.inherited"),
    after: then,
  });
}
