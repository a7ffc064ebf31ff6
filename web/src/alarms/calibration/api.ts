import { useQuery } from "@tanstack/react-query";
import { ask, http, type Schemas } from "../../api/client";

export type Calibration = Schemas["CalibrationView"];

export function useCalibration(assetId: string) {
  return useQuery({
    queryKey: ["alarms", "calibration", assetId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/assets/{asset_id}/calibration", {
          params: { path: { asset_id: assetId } },
          signal,
        }),
      ),
    staleTime: 60_000,
  });
}

export function useFleetCalibration() {
  return useQuery({
    queryKey: ["alarms", "calibration"],
    queryFn: ({ signal }) => ask(http.GET("/api/v1/alarm-calibration", { signal })),
    staleTime: 60_000,
  });
}
