import {
  type InfiniteData,
  type QueryKey,
  type UseInfiniteQueryResult,
  useInfiniteQuery,
} from "@tanstack/react-query";

export interface PageOf<Row> {
  items: Row[];
  next_cursor: string | null;
}

export type Paged<Row> = UseInfiniteQueryResult<
  InfiniteData<PageOf<Row>, string | undefined>,
  Error
>;

/** A list that is read page by page with the API's cursor. */
export function usePaged<Row>(
  queryKey: QueryKey,
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<PageOf<Row>>,
  enabled = true,
  everyMs?: number,
): Paged<Row> {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled,
    refetchInterval: everyMs,
  });
}

/** What a table is given of such a list; with a limit, only its beginning. */
export function rowsOf<Row>(list: Paged<Row>, limit?: number) {
  const rows = list.data?.pages.flatMap((page) => page.items);
  return {
    rows: limit === undefined ? rows : rows?.slice(0, limit),
    error: list.error,
    retry: () => void list.refetch(),
    more:
      list.hasNextPage && limit === undefined
        ? { load: () => void list.fetchNextPage(), loading: list.isFetchingNextPage }
        : undefined,
  };
}
