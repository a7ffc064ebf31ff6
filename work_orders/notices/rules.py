"""Pure decisions on notices: what is told, when it may be, and when to try again. No I/O, no clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Literal
from zoneinfo import ZoneInfo

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")

BACKOFF_SECONDS_FIRST = 30
BACKOFF_SECONDS_MAX = 4 * 3600
# A channel that fails is left alone for no longer than this: one that works again is soon noticed.
PAUSE_SECONDS_MAX = 600


class Topic(StrEnum):
    """What somebody can be told of."""

    TICKET_ASSIGNED = "ticket_assigned"
    MENTIONED = "mentioned"
    STAGE_CHANGED = "stage_changed"
    MESSAGE_ADDED = "message_added"
    SLA_WARNED = "sla_warned"
    SLA_BREACHED = "sla_breached"
    SLA_ESCALATED = "sla_escalated"
    ALARM_RAISED = "alarm_raised"


_TICKET = frozenset({
    "name", "number", "title", "kind", "stage", "priority", "customer", "machine", "assignee", "due",
    "link",
})  # fmt: skip
_SLA = _TICKET | {"target", "target_due", "share"}


@dataclass(frozen=True)
class TopicSpec:
    """What belongs to a topic.

    Attributes:
        urgent: it passes quiet hours and is never bundled.
        usual: a new channel is told of it.
        placeholders: what its templates may name.
    """

    urgent: bool
    usual: bool
    placeholders: frozenset[str]


TOPICS: Final[dict[Topic, TopicSpec]] = {
    Topic.TICKET_ASSIGNED: TopicSpec(urgent=False, usual=True, placeholders=_TICKET),
    Topic.MENTIONED: TopicSpec(urgent=False, usual=True, placeholders=_TICKET | {"actor", "text"}),
    Topic.STAGE_CHANGED: TopicSpec(
        urgent=False, usual=False, placeholders=_TICKET | {"actor", "reason", "from_stage"}
    ),
    Topic.MESSAGE_ADDED: TopicSpec(
        urgent=False, usual=True, placeholders=_TICKET | {"actor", "text"}
    ),
    Topic.SLA_WARNED: TopicSpec(urgent=False, usual=True, placeholders=_SLA),
    Topic.SLA_BREACHED: TopicSpec(urgent=True, usual=True, placeholders=_SLA),
    Topic.SLA_ESCALATED: TopicSpec(urgent=True, usual=True, placeholders=_SLA | {"level"}),
    Topic.ALARM_RAISED: TopicSpec(
        urgent=False,
        usual=False,
        placeholders=frozenset({"name", "severity", "machine", "customer", "summary", "link"}),
    ),
}

USUAL_TOPICS: Final = tuple(str(topic) for topic, spec in TOPICS.items() if spec.usual)


def is_urgent(topic: Topic, grade: str | None) -> bool:
    """Tell whether a notice passes quiet hours: by its topic, its alarm's severity or ticket's priority."""
    return TOPICS[topic].urgent or grade in {"critical", "P0"}


class Digest(StrEnum):
    """How often what is not urgent is told."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"


@dataclass(frozen=True)
class Preferences:
    """When somebody wants to be told.

    Attributes:
        time_zone: an IANA name; quiet hours and the daily digest are in it.
        quiet_from, quiet_to: wall times; quiet from the first to the second, over midnight where the second
            is earlier. None: never quiet.
        daily_at: wall time of the daily digest.
    """

    time_zone: str = "UTC"
    quiet_from: time | None = None
    quiet_to: time | None = None
    digest: Digest = Digest.AT_ONCE
    daily_at: time = time(8)


def is_quiet(preferences: Preferences, at: datetime) -> bool:
    """Tell whether a moment lies in somebody's quiet hours."""
    begin, end = preferences.quiet_from, preferences.quiet_to
    if begin is None or end is None or begin == end:
        return False
    wall = at.astimezone(ZoneInfo(preferences.time_zone)).time()
    if begin < end:
        return begin <= wall < end
    return wall >= begin or wall < end


def release_at(preferences: Preferences, at: datetime, *, urgent: bool) -> datetime | None:
    """Return until when a notice is held, to be bundled with others; None when it goes out at once."""
    if urgent:
        return None
    held = at
    if preferences.digest is Digest.HOURLY:
        held = _next_hour(at)
    elif preferences.digest is Digest.DAILY:
        held = _next_wall(preferences, preferences.daily_at, at)
    if is_quiet(preferences, held):
        assert preferences.quiet_to is not None
        held = _next_wall(preferences, preferences.quiet_to, held)
    return None if held == at else held


def _next_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _next_wall(preferences: Preferences, wall: time, after: datetime) -> datetime:
    """Return the first moment after another at which a clock on the wall shows a time.

    A time that a change of the clocks leaves out comes as much later as the clocks were moved.
    """
    zone = ZoneInfo(preferences.time_zone)
    day = after.astimezone(zone).date()
    for days in range(3):
        moment = datetime.combine(day + timedelta(days=days), wall, zone).astimezone(UTC)
        if moment > after:
            return moment
    raise AssertionError("every wall time comes within two days")


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after the `attempts`-th attempt failed: 30 s, doubled each time, up to 4 h."""
    seconds = BACKOFF_SECONDS_FIRST * 2 ** min(max(attempts - 1, 0), 20)
    return timedelta(seconds=min(seconds, BACKOFF_SECONDS_MAX))


def pause(failures: int) -> timedelta:
    """Return for how long a channel is left alone after its `failures`-th failure in a row."""
    return min(backoff(failures), timedelta(seconds=PAUSE_SECONDS_MAX))


def is_dead(
    attempts: int,
    first_due_at: datetime,
    now: datetime,
    attempts_max: int,
    give_up_after: timedelta,
) -> bool:
    """Tell whether a delivery that has just failed is given up."""
    return attempts >= attempts_max or now - first_due_at >= give_up_after
