"""Every query on rollups."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.db import driver_connection
from telemetry.marks import range_text
from telemetry.rollups.columns import Around, RollupRows, joined, unpack_rows
from telemetry.rollups.rules import FINER, WIDER, WIDTH, Step, width_us
from telemetry.rollups.spans import Marked, Spans

# PostgreSQL has room for ten times as many in one value.
_ROWS_MAX: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SPANS: Final = """
(
    SELECT series_id, TIMESTAMPTZ 'epoch' + start_us * INTERVAL '1 microsecond' AS start_at,
        TIMESTAMPTZ 'epoch' + end_us * INTERVAL '1 microsecond' AS end_at
    FROM unnest(%(series)s::int4[], %(starts)s::int8[], %(ends)s::int8[]) AS n(series_id, start_us, end_us)
) s
"""
_ROWS: Final = """
SELECT series_id, bucket, count, bad, min, max, sum, hold[1] AS begun_us, hold[2] AS ended_us,
    hold[3] AS integral, hold[4] AS known_us, hold[5] AS held, hold[6] AS first, hold[7] AS last
"""
# Of readings of one time those without a value come first.
_OF_READINGS: Final = """
{columns} FROM (
    SELECT series_id, bucket, count(v), count(*) - count(v) AS bad, min(v), max(v), sum(v),
        telemetry.hold(
            array_agg(telemetry.micros(ts) ORDER BY ts, v NULLS FIRST),
            array_agg(v ORDER BY ts, v NULLS FIRST)
        ) AS hold
    FROM (
        SELECT r.series_id, r.ts, telemetry.usable(r.value, r.quality) AS v,
            date_bin(%(width)s, r.ts, TIMESTAMPTZ '1970-01-01 00:00:00+00') AS bucket
        FROM {spans} JOIN telemetry.readings r
            ON r.series_id = s.series_id AND r.ts >= s.start_at AND r.ts < s.end_at
        WHERE r.ts >= %(first)s AND r.ts < %(last)s
    ) readings
    GROUP BY series_id, bucket
) rows
"""
_OF_ROLLUPS: Final = """
{columns} FROM (
    SELECT series_id, wide AS bucket, sum(count)::int8 AS count, sum(bad)::int8 AS bad,
        min(min), max(max), sum(sum),
        telemetry.hold(
            array_agg(ARRAY[begun_us, ended_us, integral, known_us, held, first, last] ORDER BY bucket)
        ) AS hold
    FROM (
        SELECT r.*, date_bin(%(width)s, r.bucket, TIMESTAMPTZ '1970-01-01 00:00:00+00') AS wide
        FROM {spans} JOIN telemetry.rollup_{finer} r
            ON r.series_id = s.series_id AND r.bucket >= s.start_at AND r.bucket < s.end_at
        WHERE r.bucket >= %(first)s AND r.bucket < %(last)s
    ) narrow
    GROUP BY series_id, wide
) rows
"""
_STORED: Final = """
SELECT r.* FROM {spans} JOIN telemetry.rollup_{step} r
    ON r.series_id = s.series_id AND r.bucket >= s.start_at AND r.bucket < s.end_at
WHERE r.bucket >= %(first)s AND r.bucket < %(last)s
"""
# A row of a result costs more than what is in it, so that rows come joined in one.
_JOINED: Final = """
SELECT string_agg(
    int4send(series_id) || timestamptz_send(bucket) || int8send(count) || int8send(bad)
    || float8send(coalesce(min, 'NaN')) || float8send(coalesce(max, 'NaN'))
    || float8send(coalesce(sum, 'NaN'))
    || float8send(begun_us) || float8send(ended_us)
    || float8send(integral) || float8send(known_us) || float8send(coalesce(held, 'NaN'))
    || float8send(coalesce(first, 'NaN')) || float8send(coalesce(last, 'NaN')),
    ''::bytea
)
FROM ({rows}) r
"""
_PUT: Final = """
INSERT INTO telemetry.rollup_{step} (series_id, bucket, count, bad, min, max, sum,
    begun_us, ended_us, integral, known_us, held, first, last)
{rows}
ON CONFLICT (series_id, bucket) DO UPDATE SET count = excluded.count, bad = excluded.bad,
    min = excluded.min, max = excluded.max, sum = excluded.sum,
    begun_us = excluded.begun_us, ended_us = excluded.ended_us,
    integral = excluded.integral, known_us = excluded.known_us, held = excluded.held,
    first = excluded.first, last = excluded.last
"""
_AROUND: Final = text(
    "SELECT s.series_id, coalesce(b.value, 'NaN'), coalesce(CAST(telemetry.micros(l.ts) AS int8), 0) "
    "FROM unnest(CAST(:series AS int4[])) AS s(series_id) "
    "LEFT JOIN telemetry.latest l ON l.series_id = s.series_id "
    "LEFT JOIN LATERAL ("
    "  SELECT telemetry.usable(r.value, r.quality) AS value FROM telemetry.readings r "
    "  WHERE r.series_id = s.series_id AND r.ts < :start "
    "  ORDER BY r.ts DESC, telemetry.usable(r.value, r.quality) DESC NULLS LAST LIMIT 1"
    ") b ON true ORDER BY s.series_id"
)
# No mark is longer than a day, so that old ones need not be looked at. Those of one stretch come as one.
_MARKED: Final = text(
    "SELECT CAST(range_agg(series) AS text), CAST(telemetry.micros(s) AS int8), "
    "CAST(telemetry.micros(e) AS int8) "
    "FROM (SELECT series, date_bin(:width, start_at, TIMESTAMPTZ '1970-01-01 00:00:00+00') AS s, "
    "date_bin(:width, end_at + :width - INTERVAL '1 microsecond', "
    "TIMESTAMPTZ '1970-01-01 00:00:00+00') AS e "
    "FROM telemetry.rollup_marks WHERE step = ANY (:steps) "
    "AND start_at < :last AND start_at >= CAST(:first AS timestamptz) - INTERVAL '1 day' "
    "AND end_at > :first AND series && CAST(:series AS int4multirange)) marks GROUP BY s, e"
)
_RIPE: Final = text(
    "SELECT id, CAST(series AS text), CAST(telemetry.micros(start_at) AS int8), "
    "CAST(telemetry.micros(end_at) AS int8) FROM telemetry.rollup_marks "
    "WHERE step = :step AND end_at <= :before ORDER BY id LIMIT :limit"
)
_TRY_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(hashtext('telemetry.rollups'))")
_PASS_ON: Final = text(
    "INSERT INTO telemetry.rollup_marks (step, series, start_at, end_at) "
    "SELECT :step, range_agg(series), s, e "
    "FROM (SELECT series, date_bin(:width, start_at, TIMESTAMPTZ '1970-01-01 00:00:00+00') AS s, "
    "date_bin(:width, end_at + :width - INTERVAL '1 microsecond', "
    "TIMESTAMPTZ '1970-01-01 00:00:00+00') AS e "
    "FROM telemetry.rollup_marks WHERE id = ANY (:ids)) marks GROUP BY s, e"
)
_UNMARK: Final = text("DELETE FROM telemetry.rollup_marks WHERE id = ANY (:ids)")


def _parameters(spans: Spans) -> dict[str, Any]:
    first, last = spans.bounds
    return {
        "series": spans.series_id.tolist(),
        "starts": spans.start_us.tolist(),
        "ends": spans.end_us.tolist(),
        "first": _time(first),
        "last": _time(last),
    }


def _statement(template: str, **parts: str) -> bytes:
    for name, part in {**parts, "columns": _ROWS, "spans": _SPANS}.items():
        template = template.replace(f"{{{name}}}", part)
    return template.encode()


def _time(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def stored(session: Session, step: Step, spans: Spans) -> RollupRows:
    """Return the rows that are stored of spans, in the order of series and bucket."""
    return _fetch(session, _STORED.replace("{step}", step), spans, step)


def of_readings(session: Session, spans: Spans) -> RollupRows:
    """Return the rows by the minute of spans, computed from readings."""
    return _fetch(session, _OF_READINGS, spans, "1m")


def _fetch(session: Session, rows: str, spans: Spans, step: Step) -> RollupRows:
    statement = _statement(_JOINED, rows=rows)
    blocks = []
    with driver_connection(session).cursor(binary=True) as cursor:
        for part in spans.parts(width_us(step), _ROWS_MAX):
            cursor.execute(statement, {**_parameters(part), "width": WIDTH[step]})
            blocks += [unpack_rows(block) for (block,) in cursor if block is not None]
    return joined(blocks)


def refresh(session: Session, step: Step, spans: Spans) -> None:
    """Compute the rows of spans from what the step is made of, and store them."""
    rows = _OF_ROLLUPS if step in FINER else _OF_READINGS
    statement = _statement(_PUT, rows=rows, step=step, finer=FINER.get(step, ""))
    parameters = {**_parameters(spans), "width": WIDTH[step]}
    driver_connection(session).execute(statement, parameters)


def around(session: Session, series_ids: Sequence[int], start_us: int) -> Around:
    """Return what lies around a span that begins then."""
    rows = session.execute(_AROUND, {"series": list(series_ids), "start": _time(start_us)}).all()
    return Around(
        np.array([row[0] for row in rows], np.int32),
        np.array([row[1] for row in rows], np.float64),
        np.array([row[2] for row in rows], np.int64),
    )


def marked(session: Session, step: Step, spans: Spans) -> list[Marked]:
    """Return what is out of date by that step around spans, in whole buckets."""
    steps = [step]
    while steps[-1] in FINER:
        steps.append(FINER[steps[-1]])
    first, last = spans.bounds
    series = ",".join(range_text(one, one) for one in np.unique(spans.series_id).tolist())
    found = session.execute(
        _MARKED,
        {
            "steps": steps,
            "width": WIDTH[step],
            "first": _time(first),
            "last": _time(last),
            "series": "{" + series + "}",
        },
    )
    return [Marked.parse(series, start, end) for series, start, end in found]


def ripe(
    session: Session, step: Step, before: datetime, limit: int
) -> tuple[list[int], list[Marked]]:
    """Return the oldest marks of a step that end before then, and what they say."""
    rows = session.execute(_RIPE, {"step": step, "before": before, "limit": limit}).all()
    return [row[0] for row in rows], [Marked.parse(row[1], row[2], row[3]) for row in rows]


def try_lock(session: Session) -> bool:
    """Be the only one who refreshes until the transaction ends; tells whether nobody else does."""
    return bool(session.execute(_TRY_LOCK).scalar_one())


def pass_on(session: Session, step: Step, ids: Sequence[int]) -> None:
    """Take marks away; what is made of the rows they were about is out of date instead."""
    if step in WIDER:
        wider = WIDER[step]
        parameters = {"step": wider, "width": WIDTH[wider], "ids": list(ids)}
        session.execute(_PASS_ON, parameters)
    session.execute(_UNMARK, {"ids": list(ids)})
