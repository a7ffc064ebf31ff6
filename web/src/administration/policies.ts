import { ask, http, idempotencyKey, ifMatch, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { usePaged } from "../ui/usePaged";

export type Policy = Schemas["PolicyView"];

export function usePolicies() {
  return usePaged<Policy>(["policies"], (cursor, signal) =>
    ask(http.GET("/api/v1/policies", { params: { query: { cursor, limit: 50 } }, signal })),
  );
}

export function useCreatePolicy(then: () => void) {
  return useAction({
    // The form's fields are data, so that its body is checked by the API and not by the compiler.
    run: (body: Record<string, unknown>) =>
      ask(
        http.POST("/api/v1/policies", {
          params: { header: { "idempotency-key": idempotencyKey() } },
          body: body as Schemas["PolicyCreate"],
        }),
      ),
    touches: [["policies"], ["coverage"]],
    after: then,
  });
}

export function useEndPolicy(policy: Policy, then: () => void) {
  return useAction({
    run: (effectiveTo: string) =>
      ask(
        http.POST("/api/v1/policies/{policy_id}/end", {
          params: {
            path: { policy_id: policy.id },
            header: { "if-match": ifMatch(policy.version) },
          },
          body: { effective_to: effectiveTo },
        }),
      ),
    touches: [["policies"], ["coverage"]],
    after: then,
  });
}
