import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ask, http, type Schemas } from "../api/client";
import { useAction } from "../api/useAction";
import { usePaged } from "../ui/usePaged";

export type Article = Schemas["ArticleView"];
export type ArticleDraft = Schemas["ArticleIn"];
export type Found = Schemas["FoundArticleView"];
export type Version = Schemas["VersionView"];
export type SimilarCase = Schemas["SimilarCaseView"];
export type Reply = Schemas["SuggestedReplyView"];

const ALL = ["knowledge"];

export interface Wanted {
  state?: Article["state"];
  language?: Article["language"];
}

export function useArticles(wanted: Wanted, enabled: boolean) {
  return usePaged<Article>(
    ["knowledge", "list", wanted],
    (cursor, signal) =>
      ask(
        http.GET("/api/v1/knowledge/articles", {
          params: { query: { ...wanted, cursor, limit: 50 } },
          signal,
        }),
      ),
    enabled,
  );
}

export function useFound(words: string | undefined, wanted: Wanted) {
  return useQuery({
    queryKey: ["knowledge", "search", words, wanted],
    enabled: Boolean(words),
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/knowledge/search", {
          params: { query: { q: words ?? "", ...wanted } },
          signal,
        }),
      ),
  });
}

export function useArticle(id: string | undefined) {
  return useQuery({
    queryKey: ["knowledge", "one", id],
    enabled: id !== undefined,
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/knowledge/articles/{article_id}", {
          params: { path: { article_id: id ?? "" } },
          signal,
        }),
      ),
  });
}

export function useVersions(id: string, enabled: boolean) {
  return useQuery({
    queryKey: ["knowledge", "versions", id],
    enabled,
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/knowledge/articles/{article_id}/versions", {
          params: { path: { article_id: id } },
          signal,
        }),
      ),
  });
}

const match = (version: number) => ({ "if-match": `"${version}"` });

/** Saves a new article, or the next version of one that was read. */
export function useSave(article: Article | undefined, key: string, then: (made: Article) => void) {
  const { t } = useTranslation();
  return useAction({
    run: (body: ArticleDraft) =>
      article
        ? ask(
            http.PUT("/api/v1/knowledge/articles/{article_id}", {
              params: { path: { article_id: article.id }, header: match(article.version) },
              body,
            }),
          )
        : ask(
            http.POST("/api/v1/knowledge/articles", {
              params: { header: { "idempotency-key": key } },
              body,
            }),
          ),
    touches: [ALL],
    done: () => t("knowledge.saved"),
    after: then,
  });
}

export function useMove(article: Article) {
  const { t } = useTranslation();
  return useAction({
    run: (state: Article["state"]) =>
      ask(
        http.PUT("/api/v1/knowledge/articles/{article_id}/state", {
          params: { path: { article_id: article.id }, header: match(article.version) },
          body: { state },
        }),
      ),
    touches: [ALL],
    done: (made) => t(`knowledge.moved.${made.state}`),
  });
}

export function useRestore(article: Article) {
  const { t } = useTranslation();
  return useAction({
    run: (version: number) =>
      ask(
        http.POST("/api/v1/knowledge/articles/{article_id}/versions/{version}/restore", {
          params: { path: { article_id: article.id, version }, header: match(article.version) },
        }),
      ),
    touches: [ALL],
    done: () => t("knowledge.restored"),
  });
}

export function useUse() {
  return useAction({
    run: (body: Schemas["UseIn"]) => ask(http.POST("/api/v1/knowledge/uses", { body })),
    touches: [],
  });
}

export function useHelped(subjectId: string) {
  return useAction({
    run: (helped: boolean | null) =>
      ask(
        http.PUT("/api/v1/knowledge/subjects/{subject_id}/helped", {
          params: { path: { subject_id: subjectId } },
          body: { helped },
        }),
      ),
    touches: [ALL],
  });
}

export function useSuggestions(ticketId: string) {
  return useQuery({
    queryKey: ["knowledge", "suggestions", ticketId],
    queryFn: ({ signal }) =>
      ask(
        http.GET("/api/v1/knowledge/tickets/{ticket_id}/suggestions", {
          params: { path: { ticket_id: ticketId }, query: { limit: 5 } },
          signal,
        }),
      ),
  });
}

export function useMakeArticle(ticketId: string, key: string, then: (made: Article) => void) {
  const { t } = useTranslation();
  return useAction({
    run: () =>
      ask(
        http.POST("/api/v1/knowledge/tickets/{ticket_id}/article", {
          params: { path: { ticket_id: ticketId }, header: { "idempotency-key": key } },
        }),
      ),
    touches: [ALL],
    done: () => t("knowledge.drafted"),
    after: then,
  });
}
