// The addresses of knowledge.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { at } from "./root-route";
import { filters } from "./search-params";

const knowledge = createRoute({
  ...at("/knowledge"),
  validateSearch: filters("q", "state", "language"),
  component: lazyRouteComponent(() => import("../knowledge/KnowledgePage"), "KnowledgePage"),
});

const newArticle = createRoute({
  ...at("/knowledge/new"),
  component: lazyRouteComponent(() => import("../knowledge/EditorPage"), "NewArticlePage"),
});

const article = createRoute({
  ...at("/knowledge/$articleId"),
  component: lazyRouteComponent(() => import("../knowledge/ArticlePage"), "ArticlePage"),
});

const editArticle = createRoute({
  ...at("/knowledge/$articleId/edit"),
  component: lazyRouteComponent(() => import("../knowledge/EditorPage"), "EditArticlePage"),
});

export const knowledgePages = [knowledge, newArticle, article, editArticle] as const;
