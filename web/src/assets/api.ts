import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ask, http, type Schemas } from "../api/client";
import type { Band, Line, Span } from "../charts/types";
import { usePaged } from "../ui/usePaged";

export type Asset = Schemas["AssetView"];
export type SeriesWithLatest = Schemas["SeriesView"];

// About as many points as a wide screen has columns.
const POINTS_MAX = 1_200;

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

export function useSeries(assetId: string) {
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
  });
}

/** What a chart shows of a span: the line, and what it was made from. */
export interface Shown extends Line {
  /** How many readings the span holds. */
  readings: number;
  /** Thinned out for the chart; peaks stay. */
  thinned: boolean;
  /** What the points are of: readings, or rollups by the minute, the hour, the day. */
  resolution: Schemas["PointsView"]["resolution"];
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
      return {
        ts: points.ts_ms,
        values: points.value.map((value, index) => (points.quality[index] === 0 ? value : null)),
        readings: points.readings,
        thinned: points.downsampled,
        resolution: points.resolution,
      };
    },
    enabled: seriesId !== null,
    // The span before stays while the next one is read: nothing jumps.
    placeholderData: (before) => before,
    staleTime: 60_000,
  });
}

/** What is expected of a series at present; null until it has learnt enough. */
export function useBand(seriesId: number | null): Band | null {
  const expected = useQuery({
    queryKey: ["expected", seriesId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/series/{series_id}/expected", {
          params: { path: { series_id: seriesId ?? 0 } },
          signal,
        }),
      ),
    enabled: seriesId !== null,
    staleTime: 60_000,
  });
  const { low, high, warm } = expected.data ?? {};
  return useMemo(
    () => (warm && typeof low === "number" && typeof high === "number" ? { low, high } : null),
    [low, high, warm],
  );
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
