import { useQuery } from "@tanstack/react-query";
import { ask, http } from "../../api/client";
import { everything } from "../everything";

export function useAllOrganisations() {
  return useQuery({
    queryKey: ["organisations", "all"],
    queryFn: ({ signal }) =>
      everything((cursor) =>
        ask(
          http.GET("/api/v1/organisations", { params: { query: { cursor, limit: 200 } }, signal }),
        ),
      ),
    staleTime: 60_000,
  });
}

export function useAllAssets() {
  return useQuery({
    queryKey: ["assets", "all"],
    queryFn: ({ signal }) =>
      everything((cursor) =>
        ask(http.GET("/api/v1/assets", { params: { query: { cursor, limit: 200 } }, signal })),
      ),
    staleTime: 60_000,
  });
}
