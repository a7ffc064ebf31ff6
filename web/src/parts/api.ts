import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, idempotencyKey, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { usePaged } from "../ui/usePaged";

export type Part = Schemas["PartFactsView"];
export type Movement = Schemas["MovementView"];
const LIMIT = 50;

export function useParts(query: string) {
  return usePaged<Schemas["PartFactsView"]>(["parts", "list", query], (cursor, signal) =>
    ask(
      http.GET("/api/v1/parts", {
        params: { query: { cursor, limit: LIMIT, q: query || undefined } },
        signal,
      }),
    ),
  );
}

/** Part numbers to choose from. */
export function usePartNumbers() {
  return useQuery({
    queryKey: ["parts", "numbers"],
    queryFn: async ({ signal }) => {
      const found = await ask(
        http.GET("/api/v1/parts", { params: { query: { limit: 200 } }, signal }),
      );
      return found.items.map((part) => part.number);
    },
    staleTime: 5 * 60_000,
  });
}

export function useCreatePart(then: () => void) {
  return useAction({
    // The form's fields are data, so that its body is checked by the API and not by the compiler.
    run: (body: Record<string, unknown>) =>
      ask(
        http.POST("/api/v1/parts", {
          params: { header: { "idempotency-key": idempotencyKey() } },
          body: body as Schemas["PartCreate"],
        }),
      ),
    touches: [["parts"]],
    after: then,
  });
}

export function useLocations() {
  return useQuery({
    queryKey: ["stock", "locations"],
    queryFn: ({ signal }) =>
      ask(http.GET("/api/v1/locations", { params: { query: { limit: 200 } }, signal })),
  });
}

export function useCreateLocation(then: () => void) {
  return useAction({
    run: (body: Record<string, unknown>) =>
      ask(
        http.POST("/api/v1/locations", {
          params: { header: { "idempotency-key": idempotencyKey() } },
          body: body as Schemas["LocationCreate"],
        }),
      ),
    touches: [["stock"]],
    after: then,
  });
}

export function useStock(locationId: string | undefined) {
  return usePaged<Schemas["StockView"]>(["stock", "list", locationId], (cursor, signal) =>
    ask(
      http.GET("/api/v1/stock", {
        params: { query: { cursor, limit: LIMIT, location_id: locationId } },
        signal,
      }),
    ),
  );
}

export function useMovements() {
  return usePaged<Movement>(["stock", "movements"], (cursor, signal) =>
    ask(http.GET("/api/v1/movements", { params: { query: { cursor, limit: LIMIT } }, signal })),
  );
}

export function useMoveParts(key: string, then: () => void) {
  const { t } = useTranslation();
  return useAction({
    run: (body: Schemas["MovementCreate"]) =>
      ask(http.POST("/api/v1/movements", { params: { header: { "idempotency-key": key } }, body })),
    touches: [["stock"]],
    done: (_, input) => t("parts.moved", { quantity: input.quantity, part: input.part_number }),
    after: then,
  });
}

export function useReverseMovement(movement: Movement, then: () => void) {
  return useAction({
    run: (reason: string) =>
      ask(
        http.POST("/api/v1/movements/{movement_id}/reverse", {
          params: {
            path: { movement_id: movement.id },
            header: { "idempotency-key": idempotencyKey() },
          },
          body: { reason },
        }),
      ),
    touches: [["stock"]],
    after: then,
  });
}
