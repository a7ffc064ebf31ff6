"""Every query on states and their labels."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

_LABELS: Final = text(
    "SELECT series_id, code, label FROM telemetry.labels WHERE series_id = ANY (:series)"
)
# One at a time numbers the labels of a series; always in one order.
_LOCK: Final = text(
    "SELECT id FROM telemetry.series WHERE id = ANY (:series) ORDER BY id FOR NO KEY UPDATE"
)
_ADD: Final = text(
    "INSERT INTO telemetry.labels (series_id, code, label) "
    "SELECT * FROM unnest(CAST(:series AS int4[]), CAST(:codes AS int4[]), CAST(:labels AS text[]))"
)
# Also what held when the span begins. Of readings of one time the order is that of rollups.
_CHANGES: Final = text("""
SELECT series_id, ts, value, quality FROM (
    SELECT r.*, row_number() OVER w AS number, lag(value) OVER w AS value_before
    FROM (
        SELECT series_id, ts, value, quality FROM telemetry.readings
        WHERE series_id = ANY (:series) AND ts >= :start AND ts < :end
        UNION ALL
        SELECT s.series_id, before.ts, before.value, before.quality
        FROM unnest(CAST(:series AS int4[])) AS s(series_id), LATERAL (
            SELECT ts, value, quality FROM telemetry.readings r
            WHERE r.series_id = s.series_id AND ts < :start
            ORDER BY ts DESC, telemetry.usable(value, quality) DESC NULLS LAST LIMIT 1
        ) before
    ) r
    WINDOW w AS (PARTITION BY series_id ORDER BY ts, telemetry.usable(value, quality) NULLS FIRST)
) numbered
WHERE number = 1 OR value_before <> value
ORDER BY ts, series_id, number LIMIT :limit
""")


def labels(session: Session, series_ids: Iterable[int]) -> Sequence[tuple[int, int, str]]:
    """Return series, code and label of every label of some series."""
    rows = session.execute(_LABELS, {"series": list(series_ids)})
    return [(series_id, code, label) for series_id, code, label in rows]


def lock_series(session: Session, series_ids: Iterable[int]) -> set[int]:
    """Be the only one who adds labels to some series until the transaction ends; return those there are."""
    return set(session.scalars(_LOCK, {"series": list(series_ids)}))


def add_labels(session: Session, rows: Sequence[tuple[int, int, str]]) -> None:
    """Insert labels, given like those of `labels`."""
    series, codes, texts = zip(*rows, strict=True)
    session.execute(_ADD, {"series": list(series), "codes": list(codes), "labels": list(texts)})


def changes(
    session: Session, series_ids: Sequence[int], start: datetime, end: datetime, limit: int
) -> Sequence[Any]:
    """Return readings whose value is another than the one before, and the first of each series."""
    parameters = {"series": list(series_ids), "start": start, "end": end, "limit": limit}
    return session.execute(_CHANGES, parameters).all()
