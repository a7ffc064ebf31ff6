"""Every query about suppressions and the journal."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from anomaly.alarms.models import JournalEntry, Suppression
from anomaly.alarms.rules import Standing
from anomaly.models import Alarm, DeviationRow
from anomaly.rules import AlarmState


def _in_force(at: datetime) -> ColumnElement[bool]:
    return and_(
        Suppression.starts_at <= at,
        or_(Suppression.ended_at.is_(None), Suppression.ended_at > at),
        or_(Suppression.ends_at.is_(None), Suppression.ends_at > at),
    )


def suppressions_at(
    session: Session,
    asset_ids: Collection[str],
    site_ids: Collection[str],
    model_ids: Collection[str],
    at: datetime,
) -> Sequence[Suppression]:
    """Return what is in force at a time for any of these machines, sites or product models."""
    return session.scalars(
        select(Suppression).where(
            or_(
                Suppression.asset_id.in_(asset_ids),
                Suppression.site_id.in_(site_ids),
                Suppression.product_model_id.in_(model_ids),
            ),
            _in_force(at),
        )
    ).all()


def standing_at(session: Session, asset_ids: Collection[str]) -> list[Standing]:
    """Return what deviates in the active alarms of these machines, those of a backlog left out."""
    if not asset_ids:
        return []
    still = and_(DeviationRow.alarm_id == Alarm.id, DeviationRow.ended_at.is_(None))
    found = session.execute(
        select(Alarm.asset_id, Alarm.category, DeviationRow.series_id)
        .outerjoin(DeviationRow, still)
        .where(
            Alarm.asset_id.in_(asset_ids),
            Alarm.historical.is_(False),
            Alarm.returned_at.is_(None),
        )
    )
    return [Standing(*row) for row in found]


def add_suppression(session: Session, values: dict[str, Any]) -> bool:
    """Insert a suppression; False where the site has its flood already."""
    inserted = session.execute(
        insert(Suppression).values(**values).on_conflict_do_nothing().returning(Suppression.id)
    ).first()
    return inserted is not None


def suppression(session: Session, suppression_id: str, *, lock: bool = False) -> Suppression | None:
    query = select(Suppression).where(Suppression.id == suppression_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def suppressions_by_id(session: Session, ids: Collection[str]) -> dict[str, Suppression]:
    rows = session.scalars(select(Suppression).where(Suppression.id.in_(ids)))
    return {row.id: row for row in rows}


@dataclass(frozen=True)
class SuppressionFilter:
    """Which suppressions to list; None leaves a question open."""

    organisation_ids: frozenset[str] | None = None
    kind: str | None = None
    asset_id: str | None = None
    model_id: str | None = None
    site_id: str | None = None
    ended: bool | None = None


def list_suppressions(
    session: Session, wanted: SuppressionFilter, before_id: str | None, limit: int
) -> Sequence[Suppression]:
    query = select(Suppression)
    if wanted.organisation_ids is not None:
        query = query.where(
            or_(
                Suppression.organisation_id.in_(wanted.organisation_ids),
                Suppression.organisation_id.is_(None),
            )
        )
    if wanted.kind is not None:
        query = query.where(Suppression.kind == wanted.kind)
    if wanted.asset_id is not None:
        of_model = Suppression.product_model_id.in_([wanted.model_id] if wanted.model_id else [])
        query = query.where(or_(Suppression.asset_id == wanted.asset_id, of_model))
    if wanted.site_id is not None:
        query = query.where(Suppression.site_id == wanted.site_id)
    if wanted.ended is not None:
        query = query.where(Suppression.ended_at.is_not(None) == wanted.ended)
    if before_id is not None:
        query = query.where(Suppression.id < before_id)
    return session.scalars(query.order_by(Suppression.id.desc()).limit(limit)).all()


def shelves_of(
    session: Session, asset_id: str, category: str, at: datetime
) -> Sequence[Suppression]:
    """Return, locked, what is shelved of a machine at a time."""
    return session.scalars(
        select(Suppression)
        .where(
            Suppression.kind == "shelved",
            Suppression.asset_id == asset_id,
            Suppression.category == category,
            _in_force(at),
        )
        .order_by(Suppression.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def parent_links(session: Session) -> dict[str, set[str]]:
    """Return the parents of every machine that has some."""
    rows = session.execute(
        select(Suppression.asset_id, Suppression.parent_asset_id).where(
            Suppression.kind == "parent", Suppression.ended_at.is_(None)
        )
    )
    found: dict[str, set[str]] = {}
    for child, parent in rows:
        if child is not None and parent is not None:
            found.setdefault(child, set()).add(parent)
    return found


_CHANGING = func.hashtext("anomaly.suppressions")


def lock_suppressions(session: Session) -> None:
    """Wait for whoever else is changing what is hidden; taken before any alarm is locked.

    Two changes at once could make a circle of parents, or each wait for an alarm of the other.
    """
    session.execute(select(func.pg_advisory_xact_lock(_CHANGING)))


def lock_suppressions_if_free(session: Session) -> bool:
    """Do the same without waiting; False while somebody else is at it."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_CHANGING))))


def lock_those_free(session: Session, alarm_ids: Collection[str]) -> set[str]:
    """Lock those alarms that nobody is changing, and return them."""
    query = select(Alarm.id).where(Alarm.id.in_(alarm_ids)).order_by(Alarm.id)
    return set(session.scalars(query.with_for_update(skip_locked=True)))


def expire_suppressions(session: Session, now: datetime) -> int:
    """End what has run out; return how many."""
    ended = session.scalars(
        update(Suppression)
        .where(Suppression.ended_at.is_(None), Suppression.ends_at <= now)
        .values(ended_at=Suppression.ends_at, end_reason="expired")
        .returning(Suppression.id)
    ).all()
    return len(ended)


def open_floods(session: Session) -> Sequence[Suppression]:
    return session.scalars(
        select(Suppression)
        .where(Suppression.kind == "flood", Suppression.ended_at.is_(None))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def alarms_that_may_change(session: Session, now: datetime) -> Sequence[Alarm]:
    """Return live alarms that are not over and are hidden, or at whose place something may be in force."""
    place = or_(
        Suppression.asset_id == Alarm.asset_id,
        Suppression.site_id == Alarm.site_id,
        # Which machines are of a model is the registry's to say.
        Suppression.product_model_id.is_not(None),
    )
    return session.scalars(
        select(Alarm)
        .where(
            Alarm.state != AlarmState.NORMAL.value,
            Alarm.historical.is_(False),
            or_(
                Alarm.suppression.is_not(None),
                select(Suppression.id)
                .where(Suppression.ended_at.is_(None), _in_force(now), place)
                .exists(),
            ),
        )
        .order_by(Alarm.id)
        .execution_options(populate_existing=True)
    ).all()


def lock_if_free(session: Session, alarm_id: str) -> Alarm | None:
    """Return an alarm locked, None while somebody else changes it."""
    return session.scalars(
        select(Alarm)
        .where(Alarm.id == alarm_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def deviations_of_many(
    session: Session, alarm_ids: Collection[str]
) -> dict[str, list[DeviationRow]]:
    found: dict[str, list[DeviationRow]] = {alarm_id: [] for alarm_id in alarm_ids}
    rows = session.scalars(
        select(DeviationRow)
        .where(DeviationRow.alarm_id.in_(alarm_ids))
        .order_by(DeviationRow.id)
        .execution_options(populate_existing=True)
    )
    for row in rows:
        found[row.alarm_id].append(row)
    return found


# --- the journal -------------------------------------------------------------------------------------


def add_entry(session: Session, values: dict[str, Any]) -> int:
    return session.execute(
        insert(JournalEntry).values(**values).returning(JournalEntry.id)
    ).scalar_one()


def journal(
    session: Session, alarm_id: str, kinds: Iterable[str] | None, before: int | None, limit: int
) -> Sequence[JournalEntry]:
    query = select(JournalEntry).where(JournalEntry.alarm_id == alarm_id)
    if kinds is not None:
        query = query.where(JournalEntry.kind.in_(list(kinds)))
    if before is not None:
        query = query.where(JournalEntry.id < before)
    return session.scalars(query.order_by(JournalEntry.id.desc()).limit(limit)).all()


def count_raised(session: Session, site_id: str, since: datetime) -> int:
    """Return how many alarms were raised at a site since a time, told or not."""
    return (
        session.scalar(
            select(func.count()).where(
                JournalEntry.site_id == site_id,
                JournalEntry.kind == "raised",
                JournalEntry.event_at > since,
            )
        )
        or 0
    )
