"""Queries for third-party sources."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ingest.models import AnnouncedSchema, LedgerEntry, Mapping
from ingest.third_party.models import SeenSource, Source
from kernel.ids import new_id
from kernel.paging import PageRequest
from kernel.wire.messages import Tag


@dataclass(frozen=True)
class Sighting:
    """Messages of somebody who is not adopted."""

    kind: str
    address: str
    messages: int
    names: tuple[str, ...]


def source(session: Session, agent_id: str) -> Source | None:
    return session.get(Source, agent_id)


@dataclass(frozen=True)
class SourceFilter:
    """Which sources are wanted; None is all. `text` is part of the address, or of a name: then in `named`."""

    kind: str | None = None
    released: bool | None = None
    text: str | None = None
    named: frozenset[str] = frozenset()


def sources(
    session: Session, agent_ids: Collection[str] | None, wanted: SourceFilter, page: PageRequest
) -> Sequence[Source]:
    """Return sources, released ones too; `agent_ids` None means everybody's."""
    query = select(Source).order_by(Source.agent_id).limit(page.limit + 1)
    if agent_ids is not None:
        query = query.where(Source.agent_id.in_(agent_ids))
    if wanted.kind is not None:
        query = query.where(Source.kind == wanted.kind)
    if wanted.released is not None:
        query = query.where(Source.released_at.is_not(None) == wanted.released)
    if wanted.text:
        query = query.where(
            or_(
                Source.address.icontains(wanted.text, autoescape=True),
                Source.agent_id.in_(wanted.named),
            )
        )
    if page.after is not None:
        query = query.where(Source.agent_id > page.after_id())
    return session.scalars(query).all()


def kinds(session: Session, agent_ids: Collection[str]) -> dict[str, str]:
    rows = session.execute(
        select(Source.agent_id, Source.kind).where(Source.agent_id.in_(agent_ids))
    )
    return {agent_id: kind for agent_id, kind in rows}  # noqa: C416


def active_sources(session: Session) -> Sequence[Source]:
    return session.scalars(
        select(Source).where(Source.released_at.is_(None)).order_by(Source.agent_id)
    ).all()


def addresses(session: Session, kind: str) -> list[str]:
    """Return the addresses of adopted sources of a kind."""
    return list(
        session.scalars(
            select(Source.address).where(Source.kind == kind, Source.released_at.is_(None))
        )
    )


def newest_schema(session: Session, agent_id: str) -> tuple[list[Tag], list[int]]:
    """Return the tags of the schema that was announced last, and the series of each, 0 for none.

    Nothing before the first, and no series before it was mapped.
    """
    found = session.execute(
        select(AnnouncedSchema.tags, Mapping.series_ids)
        .outerjoin(Mapping, Mapping.id == AnnouncedSchema.mapping_id)
        .where(AnnouncedSchema.agent_id == agent_id)
        .order_by(
            AnnouncedSchema.announced_at.desc(),
            func.jsonb_array_length(AnnouncedSchema.tags).desc(),
        )
        .limit(1)
    ).one_or_none()
    tags, series_ids = ([], None) if found is None else found
    return [Tag(*row) for row in tags], list(series_ids or ())


def received(session: Session, agent_id: str, epoch: UUID) -> dict[str, tuple[int, int]]:
    """Return the next frame number and the readings received, by lane."""
    rows = session.execute(
        select(
            LedgerEntry.lane,
            func.coalesce(func.upper(LedgerEntry.received), 0),
            LedgerEntry.stored + LedgerEntry.quarantined,
        ).where(LedgerEntry.agent_id == agent_id, LedgerEntry.epoch == epoch)
    )
    return {lane: (int(next_seq), int(readings)) for lane, next_seq, readings in rows}


def seen(session: Session, wanted: SourceFilter, page: PageRequest) -> Sequence[SeenSource]:
    query = select(SeenSource).order_by(SeenSource.id.desc()).limit(page.limit + 1)
    if wanted.kind is not None:
        query = query.where(SeenSource.kind == wanted.kind)
    if wanted.text:
        query = query.where(
            or_(
                SeenSource.address.icontains(wanted.text, autoescape=True),
                cast(SeenSource.names, String).icontains(wanted.text, autoescape=True),
            )
        )
    if page.after is not None:
        query = query.where(SeenSource.id < page.after_id())
    return session.scalars(query).all()


def known_sightings(session: Session) -> list[tuple[str, str]]:
    """Return kind and address of everybody seen, who was silent longest first."""
    found = session.execute(
        select(SeenSource.kind, SeenSource.address).order_by(SeenSource.last_seen_at, SeenSource.id)
    )
    return [(kind, address) for kind, address in found]


def put_sightings(session: Session, sightings: Sequence[Sighting], at: datetime) -> None:
    """Count messages of strangers, in one order for everybody."""
    if not sightings:
        return
    rows: list[dict[str, Any]] = [
        {
            "id": new_id("seen"),
            "kind": s.kind,
            "address": s.address,
            "messages": s.messages,
            "names": list(s.names),
            "first_seen_at": at,
            "last_seen_at": at,
        }
        for s in sorted(sightings, key=lambda s: (s.kind, s.address))
    ]
    statement = insert(SeenSource)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "address"],
            set_={
                "messages": SeenSource.messages + statement.excluded.messages,
                "names": statement.excluded.names,
                "last_seen_at": statement.excluded.last_seen_at,
            },
        ),
        rows,
    )


def forget_sighting(session: Session, kind: str, address: str) -> None:
    session.execute(
        delete(SeenSource).where(SeenSource.kind == kind, SeenSource.address == address)
    )


def forget_sightings_before(session: Session, before: datetime) -> int:
    gone = session.execute(
        delete(SeenSource).where(SeenSource.last_seen_at < before).returning(SeenSource.id)
    )
    return len(gone.all())
