"""Quarantine: what arrived and could not be stored; replaying it and giving it up."""

from typing import Annotated, Literal

from fastapi import Query, Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.gateways import DropIn, QuarantineDetail, QuarantineView, ReplayView
from ingest import service

router = ApiRouter(prefix="/quarantine", tags=["gateways"])

READ = requires("gateways.read")
MANAGE = requires("gateways.manage")

HEAD_BYTES = 1024


@router.get("", dependencies=[READ])
def list_quarantine(
    session: Db,
    actor: Actor,
    page: PageQuery,
    gateway_id: Annotated[str | None, Query(max_length=64)] = None,
    state: Literal["open", "replayed", "dropped"] | None = None,
    reason: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[QuarantineView]:
    """List what is or was in quarantine, the newest first."""
    wanted = service.QuarantineFilter(agent_id=gateway_id, state=state, reason=reason)
    found = service.list_quarantine(session, actor, wanted, page)
    return Page[QuarantineView].of(found, QuarantineView.model_validate)


@router.get("/{entry_id}", dependencies=[READ])
def read_quarantine(
    entry_id: str, response: Response, session: Db, actor: Actor
) -> QuarantineDetail:
    """Return an entry with the first bytes of it."""
    record, body = service.get_quarantine(session, actor, entry_id)
    set_etag(response, record.version)
    view = QuarantineView.model_validate(record)
    return QuarantineDetail(**view.model_dump(), head_hex=body[:HEAD_BYTES].hex())


@router.post("/{entry_id}/replay", dependencies=[MANAGE, Idempotent])
def replay_quarantine(entry_id: str, session: Db, actor: Actor, if_match: IfMatch) -> ReplayView:
    """Try to store an entry's readings again, each once; what still cannot be stored stays."""
    done = service.replay_quarantine(session, actor, entry_id, expected_version=if_match)
    return ReplayView(
        stored=done.stored,
        remaining=done.remaining,
        entry=QuarantineView.model_validate(done.record),
    )


@router.post("/{entry_id}/drop", dependencies=[MANAGE])
def drop_quarantine(
    entry_id: str,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
    body: DropIn | None = None,
) -> QuarantineView:
    """Give up an entry's bytes; its readings stay counted as quarantined."""
    record = service.drop_quarantine(
        session, actor, entry_id, reason=body.reason if body else None, expected_version=if_match
    )
    set_etag(response, record.version)
    return QuarantineView.model_validate(record)
