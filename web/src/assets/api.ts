import { useQuery } from "@tanstack/react-query";
import { ask, http, type Schemas } from "../api/client";
import type { Span } from "../charts/types";
import { usePaged } from "../ui/usePaged";
import { POINTS_MAX, type Shown, shownOf } from "./charts";

export type Asset = Schemas["AssetView"];
export type SeriesWithLatest = Schemas["SeriesView"];

export function useAssets(filter: { q?: string; equipmentClass?: string }) {
  return usePaged<Asset>(["assets", "list", filter], (cursor, signal) =>
    ask(
      http.GET("/api/v1/assets", {
        params: {
          query: { cursor, limit: 50, q: filter.q, equipment_class: filter.equipmentClass },
        },
        signal,
      }),
    ),
  );
}

export function useAsset(assetId: string | undefined) {
  return useQuery({
    queryKey: ["assets", "one", assetId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/assets/{asset_id}", {
          params: { path: { asset_id: assetId ?? "" } },
          signal,
        }),
      ),
    enabled: Boolean(assetId),
  });
}

export function useSeries(assetId: string, enabled = true) {
  return useQuery({
    queryKey: ["series", "of", assetId],
    queryFn: async ({ signal }): Promise<SeriesWithLatest[]> => {
      const found = await ask(
        http.GET("/api/v1/assets/{asset_id}/series", {
          params: { path: { asset_id: assetId } },
          signal,
        }),
      );
      return found.items;
    },
    enabled,
  });
}

/** A series' readings over a span, thinned so that spikes stay. Bad readings are gaps. */
export function useReadings(seriesId: number | null, span: Span) {
  return useQuery({
    queryKey: ["readings", seriesId, span.from, span.to],
    queryFn: async ({ signal }): Promise<Shown> => {
      const points = await ask(
        http.GET("/api/v1/series/{series_id}/readings", {
          params: {
            path: { series_id: seriesId ?? 0 },
            query: {
              start: new Date(span.from).toISOString(),
              end: new Date(span.to).toISOString(),
              max_points: POINTS_MAX,
            },
          },
          signal,
        }),
      );
      return shownOf(points);
    },
    enabled: seriesId !== null,
    // The span before stays while the next one is read: nothing jumps.
    placeholderData: (before) => before,
    staleTime: 60_000,
  });
}

/** Where readings of an asset are missing and could not be fetched afterwards. */
export function useGaps(assetId: string, span: Span) {
  return useQuery({
    queryKey: ["gaps", assetId, span.from, span.to],
    queryFn: async ({ signal }): Promise<Schemas["GapView"][]> => {
      const found = await ask(
        http.GET("/api/v1/assets/{asset_id}/gaps", {
          params: {
            path: { asset_id: assetId },
            query: {
              start: new Date(span.from).toISOString(),
              end: new Date(span.to).toISOString(),
            },
          },
          signal,
        }),
      );
      return found.items;
    },
    placeholderData: (before) => before,
    staleTime: 60_000,
  });
}
