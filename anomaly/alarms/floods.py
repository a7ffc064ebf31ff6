"""Floods: more alarms at a site than people can take in, so that minor ones wait until it is over.

ISA-18.2 and EEMUA 191 call more than ten alarms in ten minutes a flood, for whoever watches a plant; it is
over when fewer than five come in ten minutes.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from anomaly.alarms import repository
from anomaly.models import Alarm
from anomaly.rules import SuppressionKind
from anomaly.settings import AnomalySettings
from kernel.ids import new_id
from kernel.log import get_logger
from registry.permissions import PLATFORM

log = get_logger(__name__)


def watch(session: Session, alarm: Alarm, now: datetime, section: AnomalySettings) -> None:
    """Begin a flood at the alarm's site if its raising, noted already, was one too many."""
    if alarm.historical or alarm.site_id is None:
        return
    since = now - timedelta(seconds=section.flood_window_s)
    raised = repository.count_raised(session, alarm.site_id, since)
    if raised <= section.flood_alarms:
        return
    began = repository.add_suppression(
        session,
        {
            "id": new_id("sup"),
            "kind": SuppressionKind.FLOOD.value,
            "organisation_id": alarm.organisation_id,
            "site_id": alarm.site_id,
            "reason": f"{raised} alarms within {section.flood_window_s:.0f} s",
            "starts_at": now,
            "created_at": now,
            "created_by_name": PLATFORM.name,
        },
    )
    if began:
        log.warning("flood of alarms", site_id=alarm.site_id, raised=raised)


def end_those_over(session: Session, now: datetime, section: AnomalySettings) -> None:
    """End the floods at sites that have become quiet."""
    since = now - timedelta(seconds=section.flood_window_s)
    for flood in repository.open_floods(session):
        assert flood.site_id is not None  # a flood is a site's
        if repository.count_raised(session, flood.site_id, since) < section.flood_over_alarms:
            flood.ended_at, flood.end_reason = now, "over"
    session.flush()
