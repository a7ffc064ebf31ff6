"""Writing down what happens to alarms."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from anomaly.alarms import repository
from anomaly.models import Alarm
from registry.permissions import Principal


def note(
    session: Session,
    alarm: Alarm,
    kind: str,
    at: datetime,
    *,
    actor: Principal | None = None,
    text: str | None = None,
    data: dict[str, Any] | None = None,
) -> int:
    """Add an entry to an alarm's journal; return its number. Without an actor the platform did it."""
    return repository.add_entry(
        session,
        {
            "alarm_id": alarm.id,
            "asset_id": alarm.asset_id,
            "organisation_id": alarm.organisation_id,
            "site_id": alarm.site_id,
            "occurrence": alarm.occurrences,
            "kind": kind,
            "event_at": at,
            "actor_id": None if actor is None else actor.person_id,
            "actor_name": None if actor is None else actor.name,
            "text": text,
            "data": data or {},
        },
    )
