"""Which rationale holds, and the priority it gives."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from anomaly.rationale.models import RationaleRow
from anomaly.rationale.shipped import SHIPPED


def in_force(session: Session, failure_mode: str, equipment_class: str) -> RationaleRow | None:
    """Return what somebody has written for a class of equipment, or else for all; None where nobody has."""
    return session.scalars(
        select(RationaleRow)
        .where(
            RationaleRow.failure_mode == failure_mode,
            RationaleRow.equipment_class.in_({equipment_class, ""}),
        )
        .order_by(RationaleRow.equipment_class.desc())
        .limit(1)
    ).one_or_none()


def priority_of(session: Session, failure_mode: str, equipment_class: str) -> str | None:
    """Return the severity that alarms of a failure mode take; None where the score says it."""
    row = in_force(session, failure_mode, equipment_class)
    if row is not None:
        return row.priority
    shipped = SHIPPED.get(failure_mode)
    return None if shipped is None else shipped.priority
