import { useQuery } from "@tanstack/react-query";
import { ask, http } from "../api/client";

export function useRoles() {
  return useQuery({
    queryKey: ["roles"],
    queryFn: ({ signal }) => ask(http.GET("/api/v1/roles", { signal })),
  });
}

export function usePermissions() {
  return useQuery({
    queryKey: ["permissions"],
    queryFn: ({ signal }) => ask(http.GET("/api/v1/permissions", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
