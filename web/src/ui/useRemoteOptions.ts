import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { RemoteOption, RemoteSource } from "./RemoteSelect";

/** What a source offers for the words typed so far; asked for only while the choices are open. */
export function useRemoteOptions(source: RemoteSource, typed: string, opened: boolean) {
  const words = typed.trim();
  const [query] = useDebouncedValue(words, 200);
  const found = useQuery({
    queryKey: [source.key, "options", query],
    queryFn: ({ signal }) => source.find(query, signal),
    enabled: opened,
  });
  // What was found for other words is never offered: a quick hand would choose the wrong one.
  const current = query === words && found.data !== undefined;
  const options: RemoteOption[] = current ? found.data : [];
  return { options, current, fetching: found.isFetching };
}

/** One choice by its id, to show what is chosen. */
export function useRemoteOption(source: RemoteSource, value: string | null | undefined) {
  return useQuery({
    queryKey: [source.key, "option", value],
    queryFn: ({ signal }) => source.read(value ?? "", signal),
    enabled: Boolean(value),
  }).data;
}
