import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, ifMatch, type Schemas } from "../../api/client";
import { useAction } from "../../api/useAction";

export type Redundancy = Schemas["RedundantSensorsView"];
export type Group = Schemas["RedundantGroupIn"];

export function useRedundancy(assetId: string) {
  return useQuery({
    queryKey: ["redundancy", assetId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/assets/{asset_id}/redundant-sensors", {
          params: { path: { asset_id: assetId } },
          signal,
        }),
      ),
  });
}

export function useSuggestions(assetId: string) {
  return useQuery({
    queryKey: ["redundancy", assetId, "suggestions"],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/assets/{asset_id}/redundant-sensors/suggestions", {
          params: { path: { asset_id: assetId } },
          signal,
        }),
      ),
  });
}

export function useSetGroups(
  known: Redundancy,
  done: "redundancy.saved" | "redundancy.removed",
  then: () => void,
) {
  const { t } = useTranslation();
  return useAction({
    run: (groups: Group[]) =>
      ask(
        http.PUT("/api/v1/assets/{asset_id}/redundant-sensors", {
          params: {
            path: { asset_id: known.asset_id },
            header: { "if-match": ifMatch(known.version) },
          },
          body: { groups },
        }),
      ),
    touches: [["redundancy"]],
    done: () => t(done),
    after: then,
  });
}
