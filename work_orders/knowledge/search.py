"""Searching articles."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.permissions import Principal
from work_orders.knowledge import repository
from work_orders.knowledge.articles import ArticleFacts, facts_of, reach_of
from work_orders.knowledge.repository import ArticleFilter
from work_orders.knowledge.rules import plain_words
from work_orders.knowledge.words import marked, words_to_mark

LIMIT_MAX = 50


@dataclass(frozen=True)
class FoundArticle:
    """An article that was found; title and snippet come in pieces: text, and whether it is a found word."""

    article: ArticleFacts
    title: list[tuple[str, bool]]
    snippet: list[tuple[str, bool]]


def search_articles(
    session: Session, actor: Principal, words: str, wanted: ArticleFilter, limit: int = 20
) -> list[FoundArticle]:
    """Return the articles that have every word of a query, the best first.

    English words are found in any inflection, Chinese ones of two characters and more as they are.

    Raises:
        Forbidden: the actor may not read articles.
    """
    actor.require("knowledge.read")
    if not words.strip():
        return []
    rows = repository.search(session, reach_of(actor), wanted, words, max(1, min(limit, LIMIT_MAX)))
    mark = words_to_mark(words)
    return [
        FoundArticle(
            each,
            marked(each.title, mark, width=max(len(each.title), 1)),
            marked(" ".join(plain_words(each.body).split()), mark),
        )
        for each in facts_of(session, actor, rows)
    ]
