import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, idempotencyKey, ifMatch, type Schemas } from "../../api/client";
import { useAction } from "../../api/useAction";
import { usePaged } from "../../ui/usePaged";

export type Adopted = Schemas["SourceView"];
export type Seen = Schemas["SeenSourceView"];

export interface SourceWish {
  q?: string;
  kind?: string;
  /** `adopted` or `released`; absent: both. Only of those that are somebody's. */
  state?: string;
  organisation?: string;
  site?: string;
}

const queryOf = ({ q, kind }: SourceWish) => ({ q, kind: kind as Seen["kind"] | undefined });

export function useSeen({ q, kind }: SourceWish) {
  return usePaged<Seen>(["gateways", "sources", "seen", q, kind], (cursor, signal) =>
    ask(
      http.GET("/api/v1/sources/seen", {
        params: { query: { cursor, limit: 50, ...queryOf({ q, kind }) } },
        signal,
      }),
    ),
  );
}

export function useAdopted(wish: SourceWish) {
  return usePaged<Adopted>(["gateways", "sources", "adopted", wish], (cursor, signal) =>
    ask(
      http.GET("/api/v1/sources", {
        params: {
          query: {
            cursor,
            limit: 50,
            ...queryOf(wish),
            released: wish.state === undefined ? undefined : wish.state === "released",
            organisation_id: wish.organisation,
            site_id: wish.site,
          },
        },
        signal,
      }),
    ),
  );
}

export function useSource(gatewayId: string) {
  return useQuery({
    queryKey: ["gateways", "sources", "one", gatewayId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/sources/{gateway_id}", {
          params: { path: { gateway_id: gatewayId } },
          signal,
        }),
      ),
  });
}

export function useChangeMapping(source: Adopted) {
  const { t } = useTranslation();
  return useAction({
    run: (mapping: Schemas["SourceMappingIn"]["mapping"]) =>
      ask(
        http.PUT("/api/v1/sources/{gateway_id}/mapping", {
          params: {
            path: { gateway_id: source.gateway_id },
            header: { "if-match": ifMatch(source.version) },
          },
          body: { mapping },
        }),
      ),
    touches: [["gateways"]],
    done: () => t("sources.mapped", { name: source.name }),
  });
}

export function useAdoptSource(after: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (body: Schemas["SourceAdopt"]) =>
      ask(
        http.POST("/api/v1/sources", {
          params: { header: { "idempotency-key": idempotencyKey() } },
          body,
        }),
      ),
    touches: [["gateways"]],
    done: ({ name }) => t("sources.adopted", { name }),
    after,
  });
}

export function useRelease(source: Adopted, after: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (_: undefined) =>
      ask(
        http.POST("/api/v1/sources/{gateway_id}/release", {
          params: {
            path: { gateway_id: source.gateway_id },
            header: { "if-match": ifMatch(source.version) },
          },
        }),
      ),
    touches: [["gateways"]],
    done: () => t("sources.released", { name: source.name }),
    after,
  });
}
