"""Every query of `anomaly.choices`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from anomaly.choices.models import DetectorChoice
from kernel.paging import PageRequest


def in_force(session: Session) -> Sequence[DetectorChoice]:
    """Return the choices in force; there are few."""
    return session.scalars(
        select(DetectorChoice)
        .where(DetectorChoice.ended_at.is_(None))
        .order_by(DetectorChoice.applies_to, DetectorChoice.target)
        .execution_options(populate_existing=True)
    ).all()


def page(session: Session, wanted: PageRequest, *, past: bool) -> Sequence[DetectorChoice]:
    """Return choices, the newest first, one more than the page holds."""
    query = select(DetectorChoice)
    if not past:
        query = query.where(DetectorChoice.ended_at.is_(None))
    after_id = wanted.after_id()
    if after_id is not None:
        query = query.where(DetectorChoice.id < after_id)
    return session.scalars(query.order_by(DetectorChoice.id.desc()).limit(wanted.limit + 1)).all()


def choice(session: Session, choice_id: str) -> DetectorChoice | None:
    return session.get(DetectorChoice, choice_id)


def locked_in_force(session: Session, applies_to: str, target: str) -> DetectorChoice | None:
    """Return the choice in force for a target, locked."""
    return session.scalars(
        select(DetectorChoice)
        .where(
            DetectorChoice.applies_to == applies_to,
            DetectorChoice.target == target,
            DetectorChoice.ended_at.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def newest_version(session: Session, applies_to: str, target: str) -> int:
    """Return the number of the last choice for a target, 0 where there was none."""
    found = session.scalar(
        select(func.max(DetectorChoice.version)).where(
            DetectorChoice.applies_to == applies_to, DetectorChoice.target == target
        )
    )
    return found or 0


def add(session: Session, values: dict[str, Any]) -> bool:
    """Insert a choice; False where somebody else's came first."""
    inserted = session.execute(
        insert(DetectorChoice)
        .values(**values)
        .on_conflict_do_nothing()
        .returning(DetectorChoice.id)
    ).first()
    return inserted is not None
