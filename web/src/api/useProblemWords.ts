import { useTranslation } from "react-i18next";
import { Problem, Unreachable } from "./problem";

export interface ProblemWords {
  happened: string;
  detail: string;
  safe: string;
  todo: string;
}

const KINDS: Record<
  number,
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "notFound"
  | "conflict"
  | "stale"
  | "tooLarge"
  | "rateLimited"
  | "unavailable"
> = {
  400: "invalid",
  401: "unauthenticated",
  403: "forbidden",
  404: "notFound",
  409: "conflict",
  412: "stale",
  413: "tooLarge",
  422: "invalid",
  429: "rateLimited",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
};

/** What a code of the API means, in words; null for one that has none of its own. */
export function useCodeWords(): (code: string) => string | null {
  const { i18n } = useTranslation();
  return (code) => {
    const own = `problems.codes.${code}`;
    // A code's own words may not exist yet, so this key cannot be checked when compiling.
    return i18n.exists(own) ? String(i18n.t(own as never)) : null;
  };
}

/** Any error in three sentences: what happened, what is safe, what to do. */
export function useProblemWords(error: unknown): ProblemWords {
  const { t } = useTranslation();
  const wordsOf = useCodeWords();
  const kind =
    error instanceof Unreachable
      ? "unreachable"
      : error instanceof Problem
        ? (KINDS[error.status] ?? "server")
        : "server";
  const own = error instanceof Problem ? wordsOf(error.code) : null;
  return {
    happened: own ?? t(`problems.${kind}.happened`),
    detail: error instanceof Problem && kind !== "unauthenticated" ? error.detail : "",
    safe: t(`problems.${kind}.safe`),
    todo: t(`problems.${kind}.todo`),
  };
}
