"""How long frames stay: until scoring has passed them, and a while more; unless there is no room.

A frame is only read again by scoring. What its cursors and snapshots still need is told by whoever puts the
platform together, because ingest knows nothing of scoring.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ingest.health import service as health
from ingest.settings import Ingest
from kernel.clock import utc_now
from kernel.day_partitions import DayPartition, PartitionInUse, days_of, remove_day
from kernel.db import Database
from kernel.log import get_logger
from registry.assets import service as assets

log = get_logger(__name__)

LaneKey = tuple[str, UUID, str]

# Named in an alarm one by one; more are only counted.
LANES_NAMED_MAX: Final = 20
_MIDNIGHT_MARGIN: Final = timedelta(hours=1)
_UNSCORED: Final = text("""
SELECT j.agent_id, j.epoch, j.lane, low.seq, high.seq
FROM ingest.ledger j
LEFT JOIN unnest(CAST(:agents AS text[]), CAST(:epochs AS uuid[]), CAST(:lanes AS text[]),
                 CAST(:seqs AS int8[])) AS k(a, e, l, seq)
    ON (j.agent_id, j.epoch, j.lane) = (k.a, k.e, k.l)
CROSS JOIN LATERAL (
    SELECT f.seq FROM ingest.frames f
    WHERE (f.agent_id, f.epoch, f.lane) = (j.agent_id, j.epoch, j.lane)
      AND f.seq >= coalesce(k.seq, 0) AND f.received_at >= :start AND f.received_at < :end
    ORDER BY f.seq LIMIT 1) low
CROSS JOIN LATERAL (
    SELECT f.seq FROM ingest.frames f
    WHERE (f.agent_id, f.epoch, f.lane) = (j.agent_id, j.epoch, j.lane)
      AND f.seq >= low.seq AND f.received_at >= :start AND f.received_at < :end
    ORDER BY f.seq DESC LIMIT 1) high
ORDER BY 1, 2, 3
""")


@dataclass(frozen=True)
class Unscored:
    """Frames of a day that scoring has not passed, from the first to the last number."""

    agent_id: str
    epoch: UUID
    lane: str
    first_seq: int
    last_seq: int


@dataclass(frozen=True)
class FramesDay:
    """A day of frames and what is to become of it.

    Attributes:
        verdict: `keep`; `remove`: scoring has passed it; `give_up`: there is no room for it, though scoring
            has not.
        unscored: what scoring has not passed; not looked for on a day too young to be removed.
    """

    day: date
    bytes: int
    verdict: str
    unscored: Sequence[Unscored] = field(default_factory=tuple)


def plan_frames(
    session: Session, needed_from: Mapping[LaneKey, int], settings: Ingest, today: date
) -> list[FramesDay]:
    """Return every day of frames before today, the oldest first, with what is to become of it.

    Args:
        session: of the caller; nothing is written.
        needed_from: the first frame of each lane that scoring may read again; all, of a lane not named.
        settings: how long and how much.
        today: the day that is not over.
    """
    past = [found for found in days_of(session, "ingest", "frames") if found.day < today]
    excess = sum(found.bytes for found in past) - (settings.frames_bytes_max or 2**63)
    planned = []
    for found in past:
        old = found.day < today - timedelta(days=settings.frames_keep_days)
        if not old and excess <= 0:
            planned.append(FramesDay(found.day, found.bytes, "keep"))
            continue
        unscored = _unscored(session, found, needed_from)
        without_room = "give_up" if excess > 0 else "keep"
        verdict = without_room if unscored else "remove"
        if verdict != "keep":
            excess -= found.bytes
        planned.append(FramesDay(found.day, found.bytes, verdict, unscored))
    return planned


def _unscored(
    session: Session, found: DayPartition, needed_from: Mapping[LaneKey, int]
) -> list[Unscored]:
    keys = list(needed_from)
    rows = session.execute(
        _UNSCORED,
        {
            "agents": [key[0] for key in keys],
            "epochs": [key[1] for key in keys],
            "lanes": [key[2] for key in keys],
            "seqs": [needed_from[key] for key in keys],
            "start": f"{found.day} 00:00:00+00",
            "end": f"{found.day + timedelta(days=1)} 00:00:00+00",
        },
    )
    return [Unscored(*row) for row in rows]


def last_open_day() -> date:
    """Return the day that counts as today: after midnight some transactions of yesterday are still open."""
    return (utc_now() - _MIDNIGHT_MARGIN).date()


def remove_frames(
    database: Database, needed_from: Mapping[LaneKey, int], settings: Ingest
) -> list[FramesDay]:
    """Remove what is to be removed, each day in a transaction of its own; return those that are gone.

    A day that somebody's open transaction holds is left for the next time. Gateways whose frames went before
    they were scored get an alarm `frames_lost`, with the removal or not at all; it is cleared by a round
    in which nothing of theirs is lost.
    """
    today = last_open_day()
    with database.transaction() as session:
        planned = plan_frames(session, needed_from, settings, today)
    gone, lost = [], {}
    for one in planned:
        if one.verdict == "keep":
            continue
        details = _details(one)
        try:
            with database.transaction() as session:
                for agent_id, detail in details.items():
                    gateway = assets.find_gateway(session, agent_id)
                    assert gateway is not None  # gateways are revoked, never deleted
                    health.raise_alarm(session, gateway, "frames_lost", detail, utc_now())
                remove_day(session, "ingest", "frames", one.day)
        except PartitionInUse as error:
            log.info("frames stay for now", day=str(one.day), reason=error.detail)
            continue
        gone.append(one)
        lost.update(details)
    with database.transaction() as session:
        health.settle_alarms(session, "frames_lost", lost)
    return gone


def _details(one: FramesDay) -> dict[str, dict[str, Any]]:
    """Return what an alarm says to each gateway that loses frames with a day."""
    details: dict[str, dict[str, Any]] = {}
    for lane in one.unscored:
        detail = details.setdefault(lane.agent_id, {"day": str(one.day), "frames": 0, "lanes": []})
        detail["frames"] += lane.last_seq - lane.first_seq + 1
        if len(detail["lanes"]) < LANES_NAMED_MAX:
            detail["lanes"].append([str(lane.epoch), lane.lane, lane.first_seq, lane.last_seq])
    return details
