// What the charts of a machine are made of, asked for all its series at once.
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { ask, http, type Schemas } from "../api/client";
import type { Band, Line, Span } from "../charts/types";

// About as many points as a wide screen has columns.
export const POINTS_MAX = 1_200;
const BAND_POINTS_MAX = 600;

/** What a chart shows of a span: the line, and what it was made from. */
export interface Shown extends Line {
  /** How many readings the span holds. */
  readings: number;
  /** Thinned out for the chart; peaks stay. */
  thinned: boolean;
  /** What the points are of: readings, or rollups by the minute, the hour, the day. */
  resolution: Schemas["PointsView"]["resolution"];
}

/** Points as a chart shows them. Bad readings are gaps. */
export function shownOf(points: Schemas["PointsView"]): Shown {
  return {
    ts: points.ts_ms,
    values: points.value.map((value, index) => (points.quality[index] === 0 ? value : null)),
    readings: points.readings,
    thinned: points.downsampled,
    resolution: points.resolution,
  };
}

const ends = (span: Span) => ({
  start: new Date(span.from).toISOString(),
  end: new Date(span.to).toISOString(),
});

/** The readings of all series of a machine over a span, thinned so that spikes stay, by series. */
export function useReadingsOfAsset(
  assetId: string,
  span: Span,
): UseQueryResult<Map<number, Shown>> {
  return useQuery({
    queryKey: ["readings", "of", assetId, span.from, span.to],
    queryFn: async ({ signal }) => {
      const found = await ask(
        http.GET("/api/v1/assets/{asset_id}/readings", {
          params: {
            path: { asset_id: assetId },
            query: { ...ends(span), max_points: POINTS_MAX },
          },
          signal,
        }),
      );
      return new Map(found.items.map((points) => [points.series_id, shownOf(points)]));
    },
    // The span before stays while the next one is read: nothing jumps.
    placeholderData: (before) => before,
    // Maps are not compared entry by entry.
    structuralSharing: false,
    staleTime: 60_000,
  });
}

/** What was expected of each series of a machine over a span, by series; none until something is known. */
export function useExpectedOfAsset(assetId: string, span: Span): Map<number, Band> {
  const expected = useQuery({
    queryKey: ["expected", "of", assetId, span.from, span.to],
    queryFn: async ({ signal }): Promise<Map<number, Band>> => {
      const found = await ask(
        http.GET("/api/v1/assets/{asset_id}/expected", {
          params: {
            path: { asset_id: assetId },
            query: { ...ends(span), max_points: BAND_POINTS_MAX },
          },
          signal,
        }),
      );
      return new Map(
        found.items.map(({ series_id, ts_ms, low, high }) => [series_id, { ts: ts_ms, low, high }]),
      );
    },
    placeholderData: (before) => before,
    structuralSharing: false,
    staleTime: 60_000,
  });
  return expected.data ?? NONE;
}

const NONE: Map<number, Band> = new Map();
