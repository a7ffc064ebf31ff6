"""Queries for gaps."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ingest.models import GapRow

_COLUMNS = (
    ("agent_id", "text"),
    ("epoch", "uuid"),
    ("lane", "text"),
    ("seq", "int8"),
    ("asset_id", "text"),
    ("series_ids", "int4[]"),
    ("started_at", "timestamptz"),
    ("ended_at", "timestamptz"),
    ("reason", "text"),
    ("recorded_at", "timestamptz"),
)
_COPY = sql.SQL("COPY ingest.gaps ({}) FROM STDIN (FORMAT BINARY)").format(
    sql.SQL(", ").join(sql.Identifier(name) for name, _ in _COLUMNS)
)

GapCells = tuple[str, UUID, str, int, str, list[int], datetime, datetime, str, datetime]


def copy_gaps(connection: psycopg.Connection[Any], rows: Sequence[GapCells]) -> None:
    """COPY rows of `ingest.gaps`; the caller's transaction makes them count once, with their frame."""
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types([kind for _, kind in _COLUMNS])
        for row in rows:
            copy.write_row(row)


def is_recorded(session: Session, row: GapCells) -> bool:
    """Tell whether a gap of the same agent and reason covers this one."""
    agent_id, _, _, _, asset_id, series_ids, started_at, ended_at, reason, _ = row
    covering = exists().where(
        GapRow.asset_id == asset_id,
        GapRow.agent_id == agent_id,
        GapRow.reason == reason,
        GapRow.started_at <= started_at,
        GapRow.ended_at >= ended_at,
        GapRow.series_ids.contains(series_ids),
    )
    return session.execute(select(covering)).scalar_one()


def gaps_between(
    session: Session,
    asset_id: str,
    series_ids: Collection[int] | None,
    span: tuple[datetime, datetime],
    limit: int,
) -> Sequence[GapRow]:
    """Return at most `limit` gaps of an asset that touch a span, those that began last first."""
    start, end = span
    query = select(GapRow).where(
        GapRow.asset_id == asset_id, GapRow.ended_at >= start, GapRow.started_at < end
    )
    if series_ids is not None:
        query = query.where(GapRow.series_ids.overlap(list(series_ids)))
    return session.scalars(
        query.order_by(GapRow.started_at.desc(), GapRow.id.desc()).limit(limit)
    ).all()
