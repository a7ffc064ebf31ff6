"""Queries for frames, schemas and agents, and what the ledger tells."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import Select, bindparam, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from ingest.ledger.repository import LedgerKey
from ingest.models import Agent, AnnouncedSchema, Epoch, LedgerEntry, Mapping, frames

_HEAD_OF_ENTRY = (
    "CASE WHEN received @> CAST(0 AS int8) "
    "THEN (SELECT upper(r) FROM unnest(received) r WHERE r @> CAST(0 AS int8)) ELSE 0 END"
)
_HEADS = text(
    f"SELECT agent_id, epoch, lane, {_HEAD_OF_ENTRY} FROM ingest.ledger "  # noqa: S608 - constants
    "ORDER BY agent_id, epoch, lane"
)
_HEAD = text(
    f"SELECT {_HEAD_OF_ENTRY} FROM ingest.ledger "  # noqa: S608
    "WHERE agent_id = :agent AND epoch = :epoch AND lane = :lane"
)
_TOUCH_AGENTS = text(
    "INSERT INTO ingest.agents AS g (agent_id, last_seen_at) "
    "SELECT a, :seen_at FROM unnest(CAST(:agents AS text[])) AS k(a) ORDER BY a "
    "ON CONFLICT (agent_id) DO UPDATE SET last_seen_at = greatest(g.last_seen_at, excluded.last_seen_at)"
)
# Compared with the latest only: a gateway whose configuration is changed has few, and they may be large.
_SCHEMAS_COMPARED = 8
_NEW_PLACES = text(
    "SELECT count(*) FROM ("
    "SELECT tag->>1, tag->>2 FROM jsonb_array_elements(CAST(:tags AS jsonb)) AS tag EXCEPT "
    "SELECT tag->>1, tag->>2 FROM (SELECT tags FROM ingest.schemas WHERE agent_id = :agent "
    "ORDER BY announced_at DESC LIMIT :schemas) AS latest, jsonb_array_elements(latest.tags) AS tag"
    ") AS new"
).bindparams(bindparam("tags", type_=JSONB))
_FRAME_COLUMNS = (
    ("agent_id", "text"),
    ("epoch", "uuid"),
    ("lane", "text"),
    ("seq", "int8"),
    ("received_at", "timestamptz"),
    ("digest", "bytea"),
    ("mapping_id", "int8"),
    ("readings", "int4"),
    ("quarantined", "int4"),
    ("dropped", "int8"),
    ("excluded", "bytea"),
    ("body", "bytea"),
)
_COPY_FRAMES = sql.SQL("COPY ingest.frames ({}) FROM STDIN (FORMAT BINARY)").format(
    sql.SQL(", ").join(sql.Identifier(name) for name, _ in _FRAME_COLUMNS)
)


@dataclass(frozen=True)
class AgentReport:
    """What an agent says of itself."""

    agent_id: str
    epoch: UUID
    taken: int
    buffered: int
    dropped: int
    clock_offset_ms: int | None
    version: str
    sources: list[dict[str, Any]]


def copy_frames(connection: psycopg.Connection[Any], rows: Sequence[tuple[Any, ...]]) -> None:
    """COPY rows of `ingest.frames`, columns in the order of the table."""
    with connection.cursor() as cursor, cursor.copy(_COPY_FRAMES) as copy:
        copy.set_types([kind for _, kind in _FRAME_COLUMNS])
        for row in rows:
            copy.write_row(row)


def heads(session: Session) -> Sequence[tuple[str, UUID, str, int]]:
    return [tuple(row) for row in session.execute(_HEADS)]


def frames_from(session: Session, key: LedgerKey, from_seq: int, limit: int) -> Sequence[Any]:
    """Return seq, received_at, mapping_id, dropped, excluded and body in the order of seq."""
    query = _frames_of(key).where(frames.c.seq >= from_seq, frames.c.seq < from_seq + limit)
    return session.execute(query).all()


def frames_left(session: Session, key: LedgerKey, from_seq: int, limit: int) -> Sequence[Any]:
    """Return the same of the first `limit` frames that are left from `from_seq` on, below the first hole."""
    head = session.execute(
        _HEAD, {"agent": key[0], "epoch": key[1], "lane": key[2]}
    ).scalar_one_or_none()
    query = _frames_of(key).where(frames.c.seq >= from_seq, frames.c.seq < (head or 0))
    return session.execute(query.limit(limit)).all()


def _frames_of(key: LedgerKey) -> Select[Any]:
    return (
        select(
            frames.c.seq,
            frames.c.received_at,
            frames.c.mapping_id,
            frames.c.dropped,
            frames.c.excluded,
            frames.c.body,
        )
        .where(
            frames.c.agent_id == key[0],
            frames.c.epoch == key[1],
            frames.c.lane == key[2],
        )
        .order_by(frames.c.seq)
    )


def mappings(session: Session, mapping_ids: Collection[int]) -> dict[int, list[int]]:
    rows = session.execute(
        select(Mapping.id, Mapping.series_ids).where(Mapping.id.in_(mapping_ids))
    )
    return {mapping_id: series_ids for mapping_id, series_ids in rows}  # noqa: C416


def put_schema(session: Session, agent_id: str, schema_hash: bytes, tags: list[Any]) -> None:
    """Keep a schema, or note that it was announced again."""
    known = session.execute(
        update(AnnouncedSchema)
        .where(AnnouncedSchema.agent_id == agent_id, AnnouncedSchema.schema_hash == schema_hash)
        .values(announced_at=func.now())
        .returning(AnnouncedSchema.schema_hash)
    ).all()
    if not known:
        count = tags_that_count(session, agent_id, tags)
        session.execute(
            insert(AnnouncedSchema)
            .values(agent_id=agent_id, schema_hash=schema_hash, tags=tags, tags_count=count)
            .on_conflict_do_nothing()
        )


def tags_that_count(session: Session, agent_id: str, tags: list[Any]) -> int:
    """Return how many tags of a new schema count against the budget: those of a place not announced lately.

    At least a hundredth of all counts, as what is kept of a schema grows with all its tags.
    """
    new = session.execute(
        _NEW_PLACES, {"agent": agent_id, "tags": tags, "schemas": _SCHEMAS_COMPARED}
    ).scalar_one()
    return max(int(new), -(-len(tags) // 100))


def schema_is_known(session: Session, agent_id: str, schema_hash: bytes) -> bool:
    return session.execute(
        select(
            exists().where(
                AnnouncedSchema.agent_id == agent_id, AnnouncedSchema.schema_hash == schema_hash
            )
        )
    ).scalar_one()


def tags_announced_since(session: Session, agent_id: str, since: datetime) -> int:
    """Return how many tags counted in the schemas an agent announced for the first time since then."""
    query = select(func.coalesce(func.sum(AnnouncedSchema.tags_count), 0)).where(
        AnnouncedSchema.agent_id == agent_id, AnnouncedSchema.first_announced_at >= since
    )
    return int(session.execute(query).scalar_one())


def schema_tags(session: Session, agent_id: str, schema_hash: bytes) -> list[Any] | None:
    return session.execute(
        select(AnnouncedSchema.tags).where(
            AnnouncedSchema.agent_id == agent_id, AnnouncedSchema.schema_hash == schema_hash
        )
    ).scalar_one_or_none()


def put_mapping(session: Session, agent_id: str, schema_hash: bytes, series_ids: list[int]) -> int:
    """Return the mapping in force for a schema, added when it differs from the last."""
    schema = session.scalars(
        select(AnnouncedSchema)
        .where(AnnouncedSchema.agent_id == agent_id, AnnouncedSchema.schema_hash == schema_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if schema.mapping_id is not None and (
        mappings(session, [schema.mapping_id])[schema.mapping_id] == series_ids
    ):
        return schema.mapping_id
    made = Mapping(agent_id=agent_id, schema_hash=schema_hash, series_ids=series_ids)
    session.add(made)
    session.flush()
    schema.mapping_id = made.id
    return made.id


def touch_agents(session: Session, agent_ids: Collection[str], seen_at: datetime) -> None:
    session.execute(_TOUCH_AGENTS, {"agents": list(agent_ids), "seen_at": seen_at})


def put_report(
    session: Session, report: AgentReport, seen_at: datetime, clock_offsets: Sequence[Any] = ()
) -> None:
    """Note a status; what only grows in an epoch does not shrink when an older one comes late."""
    epoch = insert(Epoch).values(
        agent_id=report.agent_id,
        epoch=report.epoch,
        taken=report.taken,
        dropped=report.dropped,
        last_seen_at=seen_at,
    )
    session.execute(
        epoch.on_conflict_do_update(
            index_elements=["agent_id", "epoch"],
            set_={
                "taken": func.greatest(Epoch.taken, epoch.excluded.taken),
                "dropped": func.greatest(Epoch.dropped, epoch.excluded.dropped),
                "last_seen_at": epoch.excluded.last_seen_at,
            },
        )
    )
    values = {
        "epoch": report.epoch,
        "version": report.version,
        "buffered": report.buffered,
        "clock_offset_ms": report.clock_offset_ms,
        "clock_offsets": list(clock_offsets),
        "sources": report.sources,
        "status_at": seen_at,
        "last_seen_at": seen_at,
    }
    session.execute(
        insert(Agent)
        .values(agent_id=report.agent_id, **values)
        .on_conflict_do_update(index_elements=["agent_id"], set_=values)
    )


def agents(session: Session, agent_ids: Collection[str]) -> Sequence[Agent]:
    return session.scalars(select(Agent).where(Agent.agent_id.in_(agent_ids))).all()


@dataclass(frozen=True)
class LedgerTotals:
    """Sums over an agent's epochs and lanes, in readings."""

    taken: int = 0
    stored: int = 0
    quarantined: int = 0
    dropped: int = 0


def totals(session: Session, agent_ids: Collection[str]) -> dict[str, LedgerTotals]:
    """Return what each agent said it took, and what became of what it sent.

    What was dropped is what the agent itself counts; frames count only of one that never said so. A restored
    buffer may declare in a frame once more what another frame declared, but its counters never grow by it.
    """
    said = {
        agent_id: (int(taken), int(dropped))
        for agent_id, taken, dropped in session.execute(
            select(Epoch.agent_id, func.sum(Epoch.taken), func.sum(Epoch.dropped))
            .where(Epoch.agent_id.in_(agent_ids))
            .group_by(Epoch.agent_id)
        )
    }
    kept = {
        agent_id: (int(stored), int(quarantined), int(dropped))
        for agent_id, stored, quarantined, dropped in session.execute(
            select(
                LedgerEntry.agent_id,
                func.sum(LedgerEntry.stored),
                func.sum(LedgerEntry.quarantined),
                func.sum(LedgerEntry.dropped),
            )
            .where(LedgerEntry.agent_id.in_(agent_ids))
            .group_by(LedgerEntry.agent_id)
        )
    }
    found: dict[str, LedgerTotals] = {}
    for agent_id in agent_ids:
        stored, quarantined, declared = kept.get(agent_id, (0, 0, 0))
        taken, dropped = said.get(agent_id, (0, declared))
        found[agent_id] = LedgerTotals(taken, stored, quarantined, dropped)
    return found
