"""The public verbs of knowledge."""

from work_orders.knowledge.articles import (
    ArticleFacts,
    Use,
    VersionFacts,
    create_article,
    get_article,
    list_articles,
    list_versions,
    move_article,
    restore_version,
    save_article,
)
from work_orders.knowledge.cases import SimilarCase, SuggestedReply, Suggestions, suggest
from work_orders.knowledge.repository import ArticleFilter
from work_orders.knowledge.rules import ArticleText, Audience, State
from work_orders.knowledge.search import FoundArticle, search_articles
from work_orders.knowledge.usage import answer_helped, article_from_ticket, record_use

__all__ = [
    "ArticleFacts",
    "ArticleFilter",
    "ArticleText",
    "Audience",
    "FoundArticle",
    "SimilarCase",
    "State",
    "SuggestedReply",
    "Suggestions",
    "Use",
    "VersionFacts",
    "answer_helped",
    "article_from_ticket",
    "create_article",
    "get_article",
    "list_articles",
    "list_versions",
    "move_article",
    "record_use",
    "restore_version",
    "save_article",
    "search_articles",
    "suggest",
]
