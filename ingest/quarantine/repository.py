"""Queries for quarantine."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import sql
from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ingest.models import QuarantineEntry
from kernel.db import driver_connection
from kernel.ids import new_id
from kernel.paging import PageRequest

# Written out: a parameter in its place keeps PostgreSQL from recognising the partial index.
_OPEN_MESSAGE = text("kind = 'message' AND state = 'open'")
# In one statement: it holds all their bytes.
_MESSAGES_AT_ONCE: Final = 100
_READINGS_COLUMNS: Final = {
    "id": "text",
    "kind": "text",
    "reason": "text",
    "detail": "text",
    "source": "text",
    "agent_id": "text",
    "epoch": "uuid",
    "lane": "text",
    "seq": "int8",
    "schema_hash": "bytea",
    "digest": "bytea",
    "readings": "int4",
    "size_bytes": "int4",
    "body": "bytea",
    "body_version": "int2",
    "first_seen_at": "timestamptz",
    "last_seen_at": "timestamptz",
}
_COPY_READINGS: Final = sql.SQL("COPY ingest.quarantine ({}) FROM STDIN (FORMAT BINARY)").format(
    sql.SQL(", ").join(map(sql.Identifier, _READINGS_COLUMNS))
)


@dataclass(frozen=True)
class QuarantineFilter:
    """Which entries are wanted; None does not restrict.

    Attributes:
        since, until: of when it was first seen.
        source: as in the entry, a stranger's too.
        up_to: the newest entry that is meant; later ones are not.
        text: part of the source or the detail; or it came from a gateway of `named`.
    """

    agent_id: str | None = None
    reason: str | None = None
    state: str | None = "open"
    since: datetime | None = None
    until: datetime | None = None
    source: str | None = None
    up_to: str | None = None
    text: str | None = None
    named: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MessageRow:
    """A message to be kept, or counted when it is known already."""

    source: str
    agent_id: str | None
    reason: str
    detail: str
    digest: bytes
    size_bytes: int
    body: bytes | None
    occurrences: int


def add_readings(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add entries of the kind `readings`; by COPY, so that a few bad readings in every frame cost little."""
    if rows:
        with driver_connection(session).cursor() as cursor, cursor.copy(_COPY_READINGS) as copy:
            copy.set_types(list(_READINGS_COLUMNS.values()))
            for row in rows:
                cells = {"id": new_id("qr"), "kind": "readings", **row}
                copy.write_row([cells[name] for name in _READINGS_COLUMNS])


def messages_kept(session: Session, source: str, reason: str) -> dict[bytes, str]:
    """Return the digests of open entries of the kind `message`."""
    rows = session.execute(
        select(QuarantineEntry.digest, QuarantineEntry.id).where(
            _OPEN_MESSAGE, QuarantineEntry.source == source, QuarantineEntry.reason == reason
        )
    )
    return {digest: entry_id for digest, entry_id in rows}  # noqa: C416


def put_messages(session: Session, rows: Sequence[MessageRow], seen_at: datetime) -> None:
    """Keep messages, or count those that are kept already; no two have the same source, reason and digest."""
    for first in range(0, len(rows), _MESSAGES_AT_ONCE):
        values = insert(QuarantineEntry).values(
            [_message(row, seen_at) for row in rows[first : first + _MESSAGES_AT_ONCE]]
        )
        session.execute(
            values.on_conflict_do_update(
                index_elements=["source", "reason", "digest"],
                index_where=_OPEN_MESSAGE,
                set_={
                    "occurrences": QuarantineEntry.occurrences + values.excluded.occurrences,
                    "last_seen_at": values.excluded.last_seen_at,
                    "detail": values.excluded.detail,
                },
            )
        )


def _message(row: MessageRow, seen_at: datetime) -> dict[str, Any]:
    return {
        "id": new_id("qr"),
        "kind": "message",
        "source": row.source,
        "agent_id": row.agent_id,
        "reason": row.reason,
        "detail": row.detail,
        "digest": row.digest,
        "size_bytes": row.size_bytes,
        "body": row.body,
        "occurrences": row.occurrences,
        "first_seen_at": seen_at,
        "last_seen_at": seen_at,
    }


def entry(session: Session, entry_id: str, *, lock: bool = False) -> QuarantineEntry | None:
    query = select(QuarantineEntry).where(QuarantineEntry.id == entry_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def entries(
    session: Session,
    agent_ids: Collection[str] | None,
    wanted: QuarantineFilter,
    page: PageRequest,
) -> Sequence[QuarantineEntry]:
    """Return entries, newest first; `agent_ids` None means everybody's, strangers' included."""
    query = select(QuarantineEntry).where(*matching(agent_ids, wanted))
    if page.after is not None:
        query = query.where(QuarantineEntry.id < page.after_id())
    return session.scalars(query.order_by(QuarantineEntry.id.desc()).limit(page.limit + 1)).all()


def matching(
    agent_ids: Collection[str] | None, wanted: QuarantineFilter
) -> list[ColumnElement[bool]]:
    """Return what an entry must be to be wanted."""
    entry = QuarantineEntry
    conditions = [
        None if agent_ids is None else entry.agent_id.in_(agent_ids),
        None if wanted.agent_id is None else entry.agent_id == wanted.agent_id,
        None if wanted.reason is None else entry.reason == wanted.reason,
        None if wanted.state is None else entry.state == wanted.state,
        None if wanted.since is None else entry.first_seen_at >= wanted.since,
        None if wanted.until is None else entry.first_seen_at < wanted.until,
        None if wanted.source is None else entry.source == wanted.source,
        None if wanted.up_to is None else entry.id <= wanted.up_to,
        None if not wanted.text else _says(wanted.text, wanted.named),
    ]
    return [condition for condition in conditions if condition is not None]


def _says(text: str, named: Collection[str]) -> ColumnElement[bool]:
    return or_(
        QuarantineEntry.source.icontains(text, autoescape=True),
        QuarantineEntry.detail.icontains(text, autoescape=True),
        QuarantineEntry.agent_id.in_(named),
    )


@dataclass(frozen=True)
class Sizes:
    """An entry without its bytes."""

    id: str
    kind: str
    readings: int
    size_bytes: int


def sizes_after(
    session: Session,
    agent_ids: Collection[str] | None,
    wanted: QuarantineFilter,
    after_id: str,
    limit: int,
) -> list[Sizes]:
    """Return the oldest entries after one, without their bytes."""
    query = select(
        QuarantineEntry.id,
        QuarantineEntry.kind,
        QuarantineEntry.readings,
        QuarantineEntry.size_bytes,
    ).where(*matching(agent_ids, wanted))
    rows = session.execute(
        query.where(QuarantineEntry.id > after_id).order_by(QuarantineEntry.id).limit(limit)
    )
    return [Sizes(*row) for row in rows]


def claim(session: Session, entry_ids: Collection[str]) -> Sequence[QuarantineEntry]:
    """Lock those of the entries that are still open and that nobody else has locked, by id."""
    return session.scalars(
        select(QuarantineEntry)
        .where(QuarantineEntry.id.in_(entry_ids), QuarantineEntry.state == "open")
        .order_by(QuarantineEntry.id)
        .with_for_update(skip_locked=True)
    ).all()


def open_counts(session: Session, agent_ids: Collection[str]) -> dict[str, int]:
    """Return how many readings of each agent wait for a decision."""
    rows = session.execute(
        select(QuarantineEntry.agent_id, func.sum(QuarantineEntry.readings))
        .where(QuarantineEntry.agent_id.in_(agent_ids), QuarantineEntry.state == "open")
        .group_by(QuarantineEntry.agent_id)
    )
    return {str(agent_id): int(readings) for agent_id, readings in rows}
