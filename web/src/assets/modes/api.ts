import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, ifMatch, type Schemas } from "../../api/client";
import { useAction } from "../../api/useAction";

export type Modes = Schemas["ModesView"];
export type ModeTag = Schemas["ModeTagView"];

const DAY = 86_400_000;
const AGAIN = 30_000;

/** The mode of a machine now, and what it was in the last day. */
export function useModes(assetId: string) {
  return useQuery({
    queryKey: ["modes", assetId],
    queryFn: async ({ signal }) => {
      const end = Date.now();
      const query = {
        start: new Date(end - DAY).toISOString(),
        end: new Date(end).toISOString(),
      };
      const path = { asset_id: assetId };
      const found = await ask(
        http.GET("/api/v1/assets/{asset_id}/modes", { params: { path, query }, signal }),
      );
      return { ...found, start: end - DAY, end };
    },
    refetchInterval: AGAIN,
  });
}

export function useModeTag(assetId: string) {
  return useQuery({
    queryKey: ["modes", assetId, "tag"],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/assets/{asset_id}/mode-tag", {
          params: { path: { asset_id: assetId } },
          signal,
        }),
      ),
  });
}

export function useSetModeTag(assetId: string, tag: ModeTag, then: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (body: Schemas["ModeTagIn"]) =>
      ask(
        http.PUT("/api/v1/assets/{asset_id}/mode-tag", {
          params: {
            path: { asset_id: assetId },
            // Another target has a version of its own, which was not read.
            header: body.applies_to === tag.applies_to ? { "if-match": ifMatch(tag.version) } : {},
          },
          body,
        }),
      ),
    touches: [["modes"]],
    done: () => t("modes.saved"),
    after: then,
  });
}
