"""Quarantine: what arrived and could not be stored; replaying it and giving it up."""

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.quarantine import (
    DropIn,
    QuarantineDetail,
    QuarantineGroupDropIn,
    QuarantineGroupIn,
    QuarantineGroupResult,
    QuarantineGroupView,
    QuarantineView,
    ReplayView,
)
from ingest import service
from kernel.db import Database
from registry.gateways.listing import GatewayFilter
from registry.names import gateway_names

router = ApiRouter(prefix="/quarantine", tags=["gateways"])

READ = requires("gateways.read")
MANAGE = requires("gateways.manage")

HEAD_BYTES = 1024


# What a request decides about; a page asks again until nothing is left.
ENTRIES_AT_ONCE = 100


def _wanted(
    gateway_id: Annotated[str | None, Query(max_length=64)] = None,
    state: Literal["open", "replayed", "dropped"] | None = None,
    reason: Annotated[str | None, Query(max_length=64)] = None,
    source: Annotated[str | None, Query(max_length=1000)] = None,
    q: Annotated[
        str | None, Query(max_length=200, description="Part of a gateway, a source or a detail")
    ] = None,
) -> service.QuarantineFilter:
    return service.QuarantineFilter(gateway_id, reason, state, source=source, text=q)


def _places(
    organisation_id: Annotated[str | None, Query(max_length=64)] = None,
    site_id: Annotated[str | None, Query(max_length=64)] = None,
) -> GatewayFilter:
    return GatewayFilter(organisation_id, site_id)


def _database(request: Request) -> Iterator[Database]:
    yield request.app.state.database


Wanted = Annotated[service.QuarantineFilter, Depends(_wanted)]
Places = Annotated[GatewayFilter, Depends(_places)]
# Groups are decided about in transactions of their own, beside the request's; the pool has room for few.
Deciding = Annotated[Database, Depends(_database, scope="function", max_concurrency=2)]


@router.get("", dependencies=[READ])
def list_quarantine(
    session: Db, actor: Actor, page: PageQuery, wanted: Wanted, places: Places
) -> Page[QuarantineView]:
    """List what is or was in quarantine, the newest first."""
    found = service.list_quarantine(session, actor, wanted, page, places)
    return Page[QuarantineView].of(found, QuarantineView.model_validate)


@router.get("/groups", dependencies=[READ])
def list_quarantine_groups(
    session: Db, actor: Actor, page: PageQuery, wanted: Wanted, places: Places
) -> Page[QuarantineGroupView]:
    """List the same by reason and source, those that grew last first."""
    found = service.list_quarantine_groups(session, actor, wanted, page, places)
    names = gateway_names(session, {group.agent_id for group in found.items if group.agent_id})

    def view(group: service.QuarantineGroup) -> QuarantineGroupView:
        facts = dict(vars(group))
        agent_id = facts.pop("agent_id")
        return QuarantineGroupView(
            **facts,
            gateway_id=agent_id,
            gateway_name=names.get(agent_id),
            replayable=service.may_be_replayed(group.reason),
        )

    return Page[QuarantineGroupView].of(found, view)


def _group(body: QuarantineGroupIn) -> service.QuarantineFilter:
    return service.QuarantineFilter(reason=body.reason, source=body.source, up_to=body.up_to)


@router.post("/groups/replay", dependencies=[MANAGE])
def replay_quarantine_group(
    body: QuarantineGroupIn, database: Deciding, actor: Actor
) -> QuarantineGroupResult:
    """Try to store the next open entries of a group, each reading once; send again until `next` is null."""
    done, last = service.replay_portion(
        database, actor, _group(body), body.after or "", ENTRIES_AT_ONCE
    )
    return QuarantineGroupResult(**vars(done), next=last)


@router.post("/groups/drop", dependencies=[MANAGE])
def drop_quarantine_group(
    body: QuarantineGroupDropIn, database: Deciding, actor: Actor
) -> QuarantineGroupResult:
    """Give up the next open entries of a group; send again until `next` is null."""
    done, last = service.drop_portion(
        database, actor, _group(body), body.after or "", ENTRIES_AT_ONCE, reason=body.note
    )
    return QuarantineGroupResult(**vars(done), next=last)


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
