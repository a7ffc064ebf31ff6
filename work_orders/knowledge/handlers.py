"""Keeping what is alike up to date as tickets end and come back and articles are published."""

from sqlalchemy.orm import Session

from kernel.outbox import subscribe
from work_orders.events import ArticleChanged, TicketMoved
from work_orders.knowledge.cases import index_article, index_case
from work_orders.rules import Stage


@subscribe(TicketMoved, "work_orders.index_case")
def on_ticket_moved(session: Session, event: TicketMoved) -> None:
    """Take a ticket among the past cases when it is closed, and out of them when it comes back."""
    if Stage.CLOSED in {event.from_stage, event.to_stage}:
        index_case(session, event.ticket_id)


@subscribe(ArticleChanged, "work_orders.index_article")
def on_article_changed(session: Session, event: ArticleChanged) -> None:
    """Take an article among what is suggested, or out of it."""
    index_article(session, event.article_id)
