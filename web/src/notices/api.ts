// What the notices' pages ask of the API.
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, idempotencyKey, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { usePaged } from "../ui/usePaged";

export type Channel = Schemas["ChannelView"];
export type Delivery = Schemas["DeliveryView"];
export type Preferences = Schemas["PreferencesView"];
export type TopicName = Channel["topics"][number];

const OWN = ["own-notices"];
const CHANNELS = ["notice-channels"];
const DELIVERIES = ["notice-deliveries"];

export function useTopics() {
  return useQuery({
    queryKey: ["notice-topics"],
    queryFn: ({ signal }) => ask(http.GET("/api/v1/notice-topics", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useChannels() {
  return useQuery({
    queryKey: CHANNELS,
    queryFn: ({ signal }) => ask(http.GET("/api/v1/notice-channels", { signal })),
  });
}

export function useAddChannel(after: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (body: Schemas["ChannelCreate"]) => ask(http.POST("/api/v1/notice-channels", { body })),
    done: () => t("notices.saved"),
    touches: [CHANNELS],
    after,
  });
}

export function useChangeChannel() {
  return useAction({
    run: ({ id, ...body }: Schemas["ChannelPatch"] & { id: string }) =>
      ask(
        http.PUT("/api/v1/notice-channels/{channel_id}", {
          params: { path: { channel_id: id } },
          body,
        }),
      ),
    touches: [CHANNELS],
  });
}

export function useRemoveChannel() {
  const { t } = useTranslation();
  return useAction({
    run: (id: string) =>
      ask(
        http.DELETE("/api/v1/notice-channels/{channel_id}", {
          params: { path: { channel_id: id } },
        }),
      ),
    done: () => t("notices.removed"),
    touches: [CHANNELS],
  });
}

export function useTestChannel() {
  const { t } = useTranslation();
  return useAction({
    run: (id: string) =>
      ask(
        http.POST("/api/v1/notice-channels/{channel_id}/test", {
          params: { path: { channel_id: id } },
        }),
      ),
    done: () => t("notices.testSent"),
    touches: [OWN],
  });
}

export function usePreferences() {
  return useQuery({
    queryKey: ["notice-preferences"],
    queryFn: ({ signal }) => ask(http.GET("/api/v1/notice-preferences", { signal })),
  });
}

export function useSetPreferences() {
  const { t } = useTranslation();
  return useAction({
    run: (body: Schemas["PreferencesUpdate"]) =>
      ask(http.PUT("/api/v1/notice-preferences", { body })),
    done: () => t("notices.saved"),
    touches: [["notice-preferences"]],
  });
}

/** What one was sent; looked at again while a test may be under way. */
export function useOwnNotices() {
  return usePaged<Delivery>(
    OWN,
    (cursor, signal) =>
      ask(http.GET("/api/v1/own-notices", { params: { query: { cursor, limit: 20 } }, signal })),
    true,
    10_000,
  );
}

export function useDeliveries(state: Delivery["state"] | undefined) {
  return usePaged<Delivery>([...DELIVERIES, state ?? "all"], (cursor, signal) =>
    ask(
      http.GET("/api/v1/notice-deliveries", {
        params: { query: { cursor, state: state ? [state] : undefined } },
        signal,
      }),
    ),
  );
}

export function useSendAgain() {
  const { t } = useTranslation();
  return useAction({
    run: (id: string) =>
      ask(
        http.POST("/api/v1/notice-deliveries/{delivery_id}/send-again", {
          params: { path: { delivery_id: id }, header: { "idempotency-key": idempotencyKey() } },
        }),
      ),
    done: () => t("notices.sentAgain"),
    touches: [DELIVERIES],
  });
}

export function useDrop(after: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: ({ id, reason }: { id: string; reason: string }) =>
      ask(
        http.POST("/api/v1/notice-deliveries/{delivery_id}/drop", {
          params: { path: { delivery_id: id }, header: { "idempotency-key": idempotencyKey() } },
          body: { reason },
        }),
      ),
    done: () => t("notices.dropped"),
    touches: [DELIVERIES],
    after,
  });
}
