import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, ifMatch, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { usePaged } from "../ui/usePaged";

export type Choice = Schemas["ChoiceView"];

export function useOffered() {
  return useQuery({
    queryKey: ["detectors", "offered"],
    queryFn: ({ signal }) => ask(http.GET("/api/v1/detectors", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useChoices(past: boolean) {
  return usePaged<Choice>(["detectors", "choices", past], (cursor, signal) =>
    ask(
      http.GET("/api/v1/detector-choices", {
        params: { query: { past, cursor, limit: 50 } },
        signal,
      }),
    ),
  );
}

export function useChoose(key: string, then: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (body: Schemas["ChoiceCreate"]) =>
      ask(
        http.POST("/api/v1/detector-choices", {
          params: { header: { "idempotency-key": key } },
          body,
        }),
      ),
    touches: [["detectors"]],
    done: () => t("detectors.chosen"),
    after: then,
  });
}

export function useWithdraw(then: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (choice: Choice) =>
      ask(
        http.POST("/api/v1/detector-choices/{choice_id}/withdraw", {
          params: {
            path: { choice_id: choice.id },
            header: { "if-match": ifMatch(choice.version) },
          },
        }),
      ),
    touches: [["detectors"]],
    done: () => t("detectors.withdrawn"),
    after: then,
  });
}
