"""Every query of what was expected."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER
from sqlalchemy.orm import Session

# As columns: a statement with thousands of parameters takes longer to compile than to execute.
_PUT: Final = text(
    """
    INSERT INTO anomaly.expectations (series_id, at, low, high)
    SELECT * FROM unnest(
        CAST(:series_id AS int4[]), CAST(:at AS timestamptz[]),
        CAST(:low AS float8[]), CAST(:high AS float8[])
    )
    ON CONFLICT (series_id, at) DO UPDATE SET low = excluded.low, high = excluded.high
    """
)
# Of each stretch the last: what held when the next begins. And what held before the span.
_OVER: Final = text(
    """
    SELECT ids.series_id, e.at, e.low, e.high
    FROM unnest(:ids) AS ids (series_id) CROSS JOIN LATERAL (
        (SELECT at, low, high FROM anomaly.expectations
         WHERE series_id = ids.series_id AND at < :start ORDER BY at DESC LIMIT 1)
        UNION ALL
        (SELECT DISTINCT ON (date_bin(:width, at, :start)) at, low, high FROM anomaly.expectations
         WHERE series_id = ids.series_id AND at >= :start AND at < :end
         ORDER BY date_bin(:width, at, :start), at DESC)
    ) e
    ORDER BY ids.series_id, e.at
    """
).bindparams(bindparam("ids", type_=ARRAY(INTEGER)))
_REMOVE: Final = text(
    """
    DELETE FROM anomaly.expectations WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM anomaly.expectations WHERE at < :before LIMIT :rows
    ))
    """
)


def put(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows; one of the same series and time is replaced."""
    names = ("series_id", "at", "low", "high")
    if rows:
        session.execute(_PUT, {name: [row[name] for row in rows] for name in names})


def over(
    session: Session, series_ids: Sequence[int], start: datetime, end: datetime, width: timedelta
) -> Sequence[Any]:
    """Return `(series_id, at, low, high)` of a span, at most one in each `width`, and the one before it."""
    asked = {"ids": list(series_ids), "start": start, "end": end, "width": width}
    return session.execute(_OVER, asked).all()


def remove(session: Session, before: datetime, rows: int) -> int:
    """Remove up to `rows` rows that are older; return how many."""
    result = session.execute(_REMOVE, {"before": before, "rows": rows})
    return int(result.rowcount)  # type: ignore[attr-defined] # a DELETE's result has it
