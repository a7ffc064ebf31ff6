import { useQuery } from "@tanstack/react-query";
import { ask, http, idempotencyKey, ifMatch, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { usePaged } from "../ui/usePaged";

export type Claim = Schemas["ClaimView"];

export const CLAIM_STATES = [
  "submitted",
  "needs_information",
  "accepted",
  "refused",
  "paid",
  "reversed",
  "draft",
] as const;

export interface ClaimFilter {
  state?: string;
  assetId?: string;
  workOrderId?: string;
}

export function useClaims(filter: ClaimFilter, enabled = true) {
  return usePaged<Claim>(
    ["claims", "list", filter],
    (cursor, signal) =>
      ask(
        http.GET("/api/v1/claims", {
          params: {
            query: {
              cursor,
              limit: 50,
              state: filter.state ? [filter.state as Claim["state"]] : undefined,
              asset_id: filter.assetId,
              work_order_id: filter.workOrderId,
            },
          },
          signal,
        }),
      ),
    enabled,
  );
}

export function useClaim(claimId: string) {
  return useQuery({
    queryKey: ["claims", "one", claimId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/claims/{claim_id}", { params: { path: { claim_id: claimId } }, signal }),
      ),
  });
}

export function useSubmitClaim(key: string, then: (claimId: string) => void) {
  return useAction({
    run: (body: Schemas["ClaimCreate"]) =>
      ask(http.POST("/api/v1/claims", { params: { header: { "idempotency-key": key } }, body })),
    touches: [["claims"], ["coverage"], ["fittings"]],
    after: (claim) => then(claim.id),
  });
}

export type ClaimVerb = "accept" | "refuse" | "ask" | "answer" | "pay" | "reverse";

interface Wanted {
  verb: ClaimVerb;
  text: string;
  meter: number | null;
}

export function useClaimVerb(claim: Claim, then: () => void) {
  const params = () => ({
    path: { claim_id: claim.id },
    header: { "if-match": ifMatch(claim.version), "idempotency-key": idempotencyKey() },
  });
  return useAction({
    run: ({ verb, text, meter }: Wanted): Promise<Claim> => {
      if (verb === "pay") {
        return ask(
          http.POST("/api/v1/claims/{claim_id}/pay", {
            params: params(),
            body: { reference: text || null },
          }),
        );
      }
      if (verb === "reverse") {
        return ask(
          http.POST("/api/v1/claims/{claim_id}/reverse", {
            params: params(),
            body: { reason: text },
          }),
        );
      }
      if (verb === "answer") {
        return ask(
          http.POST("/api/v1/claims/{claim_id}/answer", {
            params: params(),
            body: { note: text, meter: meter === null ? null : String(meter) },
          }),
        );
      }
      return ask(
        http.POST("/api/v1/claims/{claim_id}/decide", {
          params: params(),
          body: { decision: verb, reason: text },
        }),
      );
    },
    touches: [["claims"], ["coverage"], ["fittings"]],
    after: then,
  });
}

interface CoverageQuestion {
  assetId: string;
  on: string;
  partNumber?: string;
  meter?: string;
}

/** Whether a machine or a part of it is covered on a day; null asks nothing. */
export function useCoverage(question: CoverageQuestion | null) {
  return useQuery({
    queryKey: ["coverage", question],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/assets/{asset_id}/coverage", {
          params: {
            path: { asset_id: question?.assetId ?? "" },
            query: {
              on: question?.on ?? "",
              part_number: question?.partNumber,
              meter: question?.meter,
            },
          },
          signal,
        }),
      ),
    enabled: question !== null,
    staleTime: 60_000,
  });
}

/** The pieces that sit in a machine, and those that did. */
export function useFittings(assetId: string | undefined) {
  return useQuery({
    queryKey: ["fittings", assetId],
    queryFn: async ({ signal }) => {
      const found = await ask(
        http.GET("/api/v1/assets/{asset_id}/fittings", {
          params: { path: { asset_id: assetId ?? "" } },
          signal,
        }),
      );
      return found.items;
    },
    enabled: Boolean(assetId),
  });
}
