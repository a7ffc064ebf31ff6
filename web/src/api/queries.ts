// The cache of what the API said: defaults, and what a refused sign-in does to it.
import { QueryCache, QueryClient } from "@tanstack/react-query";
import { isSignedOut, Problem } from "./problem";

export const SESSION_KEY = ["session"] as const;

export const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // A session that ended shows the sign-in form in place; the page underneath stays where it was.
      if (isSignedOut(error) && query.queryKey[0] !== SESSION_KEY[0]) {
        queries.setQueryData(SESSION_KEY, null);
      }
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // A refusal is an answer: asking again changes nothing. A lost connection is tried twice more.
      retry: (failures, error) => !(error instanceof Problem && error.status < 500) && failures < 2,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});
