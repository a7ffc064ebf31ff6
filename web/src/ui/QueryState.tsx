import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorState } from "./ErrorState";

interface Props<Data> {
  query: UseQueryResult<Data>;
  /** Height that the content will take, so that nothing jumps. */
  height?: number;
  skeleton?: ReactNode;
  small?: boolean;
  children: (data: Data) => ReactNode;
}

/** Loading, refused, or there. An answer that is there stays while it is read anew. */
export function QueryState<Data>({ query, height = 96, skeleton, small, children }: Props<Data>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) {
    return <ErrorState error={query.error} retry={() => void query.refetch()} small={small} />;
  }
  return <>{skeleton ?? <Skeleton height={height} radius="md" aria-busy="true" />}</>;
}
