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

/** Any error in three sentences: what happened, what is safe, what to do. */
export function useProblemWords(error: unknown): ProblemWords {
  const { t, i18n } = useTranslation();
  const kind =
    error instanceof Unreachable
      ? "unreachable"
      : error instanceof Problem
        ? (KINDS[error.status] ?? "server")
        : "server";
  const own = error instanceof Problem ? `problems.codes.${error.code}` : "";
  return {
    // A code's own words may not exist yet, so this key cannot be checked when compiling.
    happened:
      own && i18n.exists(own) ? String(i18n.t(own as never)) : t(`problems.${kind}.happened`),
    detail: error instanceof Problem && kind !== "unauthenticated" ? error.detail : "",
    safe: t(`problems.${kind}.safe`),
    todo: t(`problems.${kind}.todo`),
  };
}
