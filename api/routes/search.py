"""One search for everything: numbers, serials, customers, people, parts and text."""

from typing import Annotated

from fastapi import Query
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from api.deps import Actor, Db
from api.routing import ApiRouter
from api.schemas.attachments import SearchAnswer, SearchHit
from registry.permissions import Principal
from registry.search import service as registry_search
from warranty_parts import service as warranty_parts
from work_orders import service as work_orders

router = ApiRouter(tags=["search"])

Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    Query(description="What to look for", examples=["P200-000123"]),
]


def _tickets(session: Session, actor: Principal, words: str, limit: int) -> list[SearchHit]:
    return [
        SearchHit(
            kind=ticket.family,
            id=ticket.id,
            title=f"{ticket.number} · {ticket.title}",
            subtitle=" · ".join(
                part for part in (ticket.asset_serial, ticket.organisation_name) if part
            ),
        )
        for ticket in work_orders.search_tickets(session, actor, words, limit)
    ]


def _claims(session: Session, actor: Principal, words: str, limit: int) -> list[SearchHit]:
    return [
        SearchHit(
            kind="claim",
            id=claim.id,
            title=f"{claim.number} · {claim.serial_number}",
            subtitle=claim.claimant_name,
        )
        for claim in warranty_parts.search_claims(session, actor, words, limit)
    ]


def _parts(session: Session, actor: Principal, words: str, limit: int) -> list[SearchHit]:
    return [
        SearchHit(
            kind="part",
            id=part.id,
            title=part.number,
            subtitle=part.name_zh if actor.language == "zh" else part.name_en,
        )
        for part in warranty_parts.search_parts(session, actor, words, limit)
    ]


@router.get("/search")
def search_everything(
    session: Db,
    actor: Actor,
    q: Words,
    limit: Annotated[int, Query(ge=1, le=20, description="Most hits of each kind")] = 5,
) -> SearchAnswer:
    """Find tickets, assets, customers, people, claims and parts that one may see."""
    hits = _tickets(session, actor, q, limit)
    hits += [
        SearchHit.model_validate(hit)
        for hit in registry_search.search_registry(session, actor, q, limit)
    ]
    hits += _claims(session, actor, q, limit)
    hits += _parts(session, actor, q, limit)
    return SearchAnswer(query=q, items=hits)
