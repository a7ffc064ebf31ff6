"""Every query about how alarms perform, over the journal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, Row, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from anomaly.alarms.models import JournalEntry
from anomaly.models import Alarm
from anomaly.performance.rules import CHATTERS_FROM, CHATTERS_WITHIN, FLEETING_WITHIN, PERIOD


@dataclass(frozen=True)
class Span:
    """Of which alarms, and of what time: from `start` to before `end`; None leaves a question open."""

    start: datetime
    end: datetime
    organisation_ids: frozenset[str] | None = None
    organisation_id: str | None = None
    site_id: str | None = None
    asset_id: str | None = None


def _within(span: Span, kind: str, entry: Any = JournalEntry) -> ColumnElement[bool]:
    return and_(
        entry.kind == kind,
        entry.event_at >= span.start,
        entry.event_at < span.end,
        *_of(span, entry),
    )


def _of(span: Span, rows: Any) -> list[ColumnElement[bool]]:
    wanted = []
    if span.organisation_ids is not None:
        wanted.append(rows.organisation_id.in_(span.organisation_ids))
    for name in ("organisation_id", "site_id", "asset_id"):
        value = getattr(span, name)
        if value is not None:
            wanted.append(getattr(rows, name) == value)
    return wanted


def told_per_period(session: Session, span: Span) -> dict[int, int]:
    """Return how many alarms were told in each ten minutes since `start` that has any."""
    seconds = func.extract("epoch", JournalEntry.event_at - span.start)
    period = func.floor(seconds / PERIOD.total_seconds()).label("period")
    rows = session.execute(
        select(period, func.count()).where(_within(span, "told")).group_by(period)
    )
    return {int(number): count for number, count in rows}


def told_by_severity(session: Session, span: Span) -> dict[str, int]:
    severity = JournalEntry.data["severity"].astext
    rows = session.execute(
        select(severity, func.count()).where(_within(span, "told")).group_by(severity)
    )
    return {name: count for name, count in rows if name is not None}


def suppressed_by_kind(session: Session, span: Span) -> dict[str, int]:
    """Return how many alarms were hidden, by what hid them."""
    kind = JournalEntry.data["by"].astext
    rows = session.execute(
        select(kind, func.count()).where(_within(span, "suppressed")).group_by(kind)
    )
    return {name: count for name, count in rows if name is not None}


def bad_actors(session: Session, span: Span, limit: int) -> Sequence[Row[Any]]:
    """Return what told most: machine, category, series that led, how often, and verdicts on it."""
    series = Alarm.cause["series_name"].astext.label("series_name")
    return session.execute(
        select(
            JournalEntry.asset_id,
            Alarm.category,
            series,
            func.count().label("told"),
            func.max(JournalEntry.event_at).label("last_at"),
            func.max(JournalEntry.alarm_id).label("alarm_id"),
            func.count().filter(Alarm.verdict == "false").label("false"),
            func.count().filter(Alarm.verdict == "nuisance").label("nuisance"),
        )
        .join(Alarm, Alarm.id == JournalEntry.alarm_id)
        .where(_within(span, "told"))
        .group_by(JournalEntry.asset_id, Alarm.category, series)
        .order_by(func.count().desc(), JournalEntry.asset_id, Alarm.category, series)
        .limit(limit)
    ).all()


def chattering(session: Session, span: Span, limit: int) -> Sequence[Row[Any]]:
    """Return the machines' alarms that were raised three times within a minute, and how often."""
    earlier = func.lag(JournalEntry.event_at, CHATTERS_FROM - 1).over(
        partition_by=(JournalEntry.asset_id, Alarm.category), order_by=JournalEntry.event_at
    )
    raised = (
        select(
            JournalEntry.asset_id,
            Alarm.category,
            JournalEntry.alarm_id,
            JournalEntry.event_at,
            earlier.label("earlier"),
        )
        .join(Alarm, Alarm.id == JournalEntry.alarm_id)
        .where(_within(span, "raised"))
        .subquery()
    )
    times = func.count().label("times")
    return session.execute(
        select(
            raised.c.asset_id,
            raised.c.category,
            func.max(raised.c.alarm_id).label("alarm_id"),
            times,
            func.max(raised.c.event_at).label("last_at"),
        )
        .where(raised.c.event_at - raised.c.earlier <= CHATTERS_WITHIN)
        .group_by(raised.c.asset_id, raised.c.category)
        .order_by(times.desc(), raised.c.asset_id, raised.c.category)
        .limit(limit)
    ).all()


def fleeting(session: Session, span: Span) -> int:
    """Return how many occurrences were over within a minute."""
    raised, returned = aliased(JournalEntry), aliased(JournalEntry)
    query = (
        select(func.count())
        .select_from(raised)
        .join(
            returned,
            and_(
                returned.alarm_id == raised.alarm_id,
                returned.occurrence == raised.occurrence,
                returned.kind == "returned",
            ),
        )
        .where(
            _within(span, "raised", raised),
            returned.event_at - raised.event_at <= FLEETING_WITHIN,
        )
    )
    return session.scalar(query) or 0


def stale(session: Session, span: Span, since: datetime, limit: int) -> tuple[int, Sequence[Alarm]]:
    """Return how many alarms that are told and active have been since before a time; the oldest."""
    wanted = and_(
        Alarm.returned_at.is_(None),
        Alarm.historical.is_(False),
        Alarm.suppression.is_(None),
        Alarm.raised_at <= since,
        *_of(span, Alarm),
    )
    count = session.scalar(select(func.count()).where(wanted)) or 0
    oldest = session.scalars(
        select(Alarm).where(wanted).order_by(Alarm.raised_at, Alarm.id).limit(limit)
    ).all()
    return count, oldest


def acknowledge_seconds(session: Session, span: Span) -> tuple[int, float | None, float | None]:
    """Return how many told occurrences were acknowledged, and after how long: median and 90 %."""
    told, noted = aliased(JournalEntry), aliased(JournalEntry)
    taken = cast(func.extract("epoch", noted.event_at - told.event_at), Float)
    count, median, slow = session.execute(
        select(
            func.count(),
            func.percentile_cont(0.5).within_group(taken),
            func.percentile_cont(0.9).within_group(taken),
        )
        .select_from(told)
        .join(
            noted,
            and_(
                noted.alarm_id == told.alarm_id,
                noted.occurrence == told.occurrence,
                noted.kind == "acknowledged",
                noted.event_at >= told.event_at,
            ),
        )
        .where(_within(span, "told", told))
    ).one()
    return count, median, slow


def verdicts(session: Session, span: Span) -> list[tuple[str, str, int, dict[str, int]]]:
    """Return, of each detector and record that led, how many alarms began in the span, and the verdicts."""
    begun = and_(Alarm.onset_at >= span.start, Alarm.onset_at < span.end, *_of(span, Alarm))
    record = func.coalesce(Alarm.cause["record"].astext, "")
    rows = session.execute(
        select(
            Alarm.detector,
            record,
            func.count(),
            *(
                func.sum(case((Alarm.verdict == name, 1), else_=0))
                for name in ("true", "false", "nuisance")
            ),
        )
        .where(begun)
        .group_by(Alarm.detector, record)
        .order_by(Alarm.detector, record)
    )
    return [
        (detector, name, count, {"true": true, "false": false, "nuisance": nuisance})
        for detector, name, count, true, false, nuisance in rows
    ]


def episodes(
    session: Session, organisation_ids: frozenset[str] | None, alarm: Alarm, limit: int
) -> Sequence[Alarm]:
    """Return the newest other alarms of the same kind: of the machine, or with the same suspicion."""
    query = select(Alarm).where(
        Alarm.id != alarm.id,
        Alarm.onset_at <= alarm.onset_at,
        Alarm.category == alarm.category,
        or_(Alarm.asset_id == alarm.asset_id, Alarm.failure_mode == alarm.failure_mode),
    )
    if organisation_ids is not None:
        query = query.where(Alarm.organisation_id.in_(organisation_ids))
    return session.scalars(query.order_by(Alarm.id.desc()).limit(limit)).all()
