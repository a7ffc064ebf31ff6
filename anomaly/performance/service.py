"""Public verbs: how alarms perform, and which past episodes an alarm is like."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from anomaly.alarms.facts import AlarmFacts, facts_of, find
from anomaly.models import Alarm
from anomaly.performance import repository
from anomaly.performance.repository import Span
from anomaly.performance.rules import PERIOD, STALE_AFTER, Precision, Rate, precision_of, rate_of
from anomaly.performance.similarity import similarity
from kernel.errors import InvalidInput
from registry.permissions import Principal

SPAN_MAX = timedelta(days=400)
STEPS_MAX = 1100
_STEPS = (PERIOD, timedelta(hours=1), timedelta(days=1))
_LISTED = 10
_EPISODES_LOOKED_AT = 500


@dataclass(frozen=True)
class Step:
    """Alarms told from `at` on for a step; `most` is the worst ten minutes in it."""

    at: datetime
    told: int
    most: int


@dataclass(frozen=True)
class Actor:
    """What told often: a machine's alarms of a category, led by a series.

    Attributes:
        part: of all alarms told.
        alarm_id: the newest of them.
        false: how many were found false; `nuisance` likewise.
    """

    asset_id: str
    category: str
    series_name: str | None
    told: int
    part: float
    last_at: datetime
    alarm_id: str
    false: int
    nuisance: int


@dataclass(frozen=True)
class Chatterer:
    """A machine's alarms of a category that were raised three times within a minute, so many times."""

    asset_id: str
    category: str
    alarm_id: str
    times: int
    last_at: datetime


@dataclass(frozen=True)
class Performance:
    """Figures of a span; see `anomaly.performance.rules`.

    Attributes:
        steps: what a chart shows, `step_s` seconds each; those without alarms are left out.
        by_severity: alarms told, by severity when told.
        top_part: what the ten worst actors told, as a part of all.
        fleeting: occurrences that were over within a minute.
        stale: told and active for more than a day now, the oldest in `oldest`.
        acknowledged: told occurrences that were acknowledged; after how many seconds, median and 90 %.
        suppressed: alarms hidden, by what hid them.
        detectors: what people found the alarms of each to be.
        records: the same, of each detector by the record that led.
    """

    start: datetime
    end: datetime
    rate: Rate
    step_s: int
    steps: list[Step]
    by_severity: dict[str, int]
    bad_actors: list[Actor]
    top_part: float
    chattering: list[Chatterer]
    fleeting: int
    stale: int
    oldest: list[AlarmFacts]
    acknowledged: int
    acknowledge_median_s: float | None
    acknowledge_slow_s: float | None
    suppressed: dict[str, int]
    detectors: list[Precision]
    records: list[Precision]


def performance(
    session: Session,
    actor: Principal,
    start: datetime,
    end: datetime,
    *,
    now: datetime,
    organisation_id: str | None = None,
    site_id: str | None = None,
    asset_id: str | None = None,
) -> Performance:
    """Return how the alarms in the actor's scope performed from `start` to before `end`.

    Raises:
        Forbidden: the actor may not see alarms.
        InvalidInput: the span is empty or longer than `SPAN_MAX`.
    """
    actor.require("alarms.read")
    if not timedelta(0) < end - start <= SPAN_MAX:
        raise InvalidInput(f"a span of up to {SPAN_MAX.days} days", field="until")
    span = Span(start, end, actor.scope, organisation_id, site_id, asset_id)
    counts = repository.told_per_period(session, span)
    rate = rate_of(counts, end - start)
    step = _step_for(end - start)
    actors = [_actor(row, rate.told) for row in repository.bad_actors(session, span, _LISTED)]
    stale, oldest = repository.stale(session, span, min(end, now) - STALE_AFTER, _LISTED)
    acknowledged, median, slow = repository.acknowledge_seconds(session, span)
    detectors, records = _precisions(session, span)
    return Performance(
        start=start,
        end=end,
        rate=rate,
        step_s=round(step.total_seconds()),
        steps=_steps(counts, start, step),
        by_severity=repository.told_by_severity(session, span),
        bad_actors=actors,
        top_part=sum(one.part for one in actors),
        chattering=[
            Chatterer(**row._mapping)  # noqa: SLF001 - a row's public mapping
            for row in repository.chattering(session, span, _LISTED)
        ],
        fleeting=repository.fleeting(session, span),
        stale=stale,
        oldest=[facts_of(alarm) for alarm in oldest],
        acknowledged=acknowledged,
        acknowledge_median_s=median,
        acknowledge_slow_s=slow,
        suppressed=repository.suppressed_by_kind(session, span),
        detectors=detectors,
        records=records,
    )


def _step_for(span: timedelta) -> timedelta:
    return next((step for step in _STEPS if span / step <= STEPS_MAX), _STEPS[-1])


def _steps(counts: dict[int, int], start: datetime, step: timedelta) -> list[Step]:
    each = step // PERIOD
    found: dict[int, list[int]] = {}
    for period, count in counts.items():
        found.setdefault(period // each, []).append(count)
    return [
        Step(start + number * step, sum(told), max(told)) for number, told in sorted(found.items())
    ]


def _actor(row: Any, told: int) -> Actor:
    return Actor(**row._mapping, part=row.told / told)  # noqa: SLF001 - a row's public mapping


def _precisions(session: Session, span: Span) -> tuple[list[Precision], list[Precision]]:
    """Return precisions by detector, and by detector and the record that led."""
    rows = repository.verdicts(session, span)
    counts: dict[str, Counter[str]] = {}
    for detector, _, alarms, said in rows:
        counts.setdefault(detector, Counter()).update({"alarms": alarms, **said})
    whole = [precision_of(name, found["alarms"], found) for name, found in counts.items()]
    parts = [
        precision_of(detector, alarms, said, record) for detector, record, alarms, said in rows
    ]
    return whole, parts


def precision_of_detectors(session: Session, start: datetime, end: datetime) -> list[Precision]:
    """Return, for calibration, what people found each detector's alarms to be, of all organisations."""
    return _precisions(session, Span(start, end))[0]


@dataclass(frozen=True)
class Episode:
    """A past alarm and how much it is like another, 0 to 1."""

    alarm: AlarmFacts
    similarity: float


def similar_episodes(
    session: Session, actor: Principal, alarm_id: str, limit: int = 5
) -> list[Episode]:
    """Return past alarms in the actor's scope that are most like one, the most like first.

    Raises:
        Forbidden: the actor may not see alarms.
        NotFound: there is no such alarm in the actor's scope.
    """
    actor.require("alarms.read")
    alarm = find(session, actor, alarm_id)
    past: Sequence[Alarm] = repository.episodes(session, actor.scope, alarm, _EPISODES_LOOKED_AT)
    ranked = sorted(
        ((similarity(facts_of(alarm), facts_of(each)), each) for each in past),
        key=lambda pair: (-pair[0], -pair[1].onset_at.timestamp(), pair[1].id),
    )
    return [Episode(facts_of(each), round(score, 3)) for score, each in ranked[:limit] if score > 0]
