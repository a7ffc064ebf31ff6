"""Public verbs on alarms, and what the rest of the platform may ask of scoring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from anomaly import repository
from anomaly.alarms.facts import AlarmFacts, facts_of, find, find_locked
from anomaly.alarms.journal import note
from anomaly.errors import AlarmAlreadyAcknowledged
from anomaly.events import AlarmAcknowledged
from anomaly.repository import AlarmFilter
from anomaly.rules import CATEGORIES, SEVERITIES, AlarmAction, AlarmState, next_state
from anomaly.scoring.positions import unpack_positions
from anomaly.sources import LaneKey
from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import InvalidInput
from kernel.outbox import publish
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.assets import service as assets
from registry.permissions import Principal
from telemetry import service as telemetry

__all__ = [
    "STATES",
    "AlarmFacts",
    "AlarmQuery",
    "ExpectedBand",
    "acknowledge_alarm",
    "alarms_of_asset",
    "expected_band",
    "frames_needed_from",
    "get_alarm",
    "list_alarms",
    "scored_up_to",
    "series_warm",
]

STATES = tuple(state.value for state in AlarmState)


@dataclass(frozen=True)
class AlarmQuery:
    """Which alarms to list; None leaves a question open.

    Attributes:
        asset_id: of this device.
        states: in one of these ISA-18.2 states.
        active: still active, or returned to normal.
        severity: of exactly this severity.
        category: `machine` or `sensor`.
        since: begun at or after this time.
        until: begun before this time.
        returned_since: still active, or returned to normal at or after this time.
        historical: found in a backlog, or not.
        suppressed: shelved, suppressed by design or out of service, or none of these.
        isa_states: in one of the states that people see (`anomaly.rules.IsaState`).
        site_id: at this site.
        verdict: found to be this, see `anomaly.alarms.feedback`.
        failure_mode: with this suspicion.
    """

    asset_id: str | None = None
    states: tuple[str, ...] | None = None
    active: bool | None = None
    severity: str | None = None
    category: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    returned_since: datetime | None = None
    historical: bool | None = None
    suppressed: bool | None = None
    isa_states: tuple[str, ...] | None = None
    site_id: str | None = None
    verdict: str | None = None
    failure_mode: str | None = None


def _wanted_states(query: AlarmQuery) -> tuple[str, ...] | None:
    if query.states is None and query.active is None:
        return None
    states = query.states if query.states is not None else STATES
    unknown = [state for state in states if state not in STATES]
    if unknown:
        raise InvalidInput(f"no alarm state {unknown[0]!r}", allowed=list(STATES))
    if query.active is None:
        return tuple(states)
    return tuple(state for state in states if AlarmState(state).is_active == query.active)


def list_alarms(
    session: Session,
    actor: Principal,
    query: AlarmQuery | None = None,
    page: PageRequest | None = None,
) -> Slice[AlarmFacts]:
    """Return a page of the alarms the actor may see, newest first; the key is the id.

    Raises:
        Forbidden: the actor may not see alarms.
        InvalidInput: a filter names a state, severity or category that does not exist.
    """
    actor.require("alarms.read")
    query = query or AlarmQuery()
    if query.severity is not None and query.severity not in SEVERITIES:
        raise InvalidInput(f"no severity {query.severity!r}", allowed=list(SEVERITIES))
    if query.category is not None and query.category not in CATEGORIES:
        raise InvalidInput(f"no category {query.category!r}", allowed=list(CATEGORIES))
    page = page or PageRequest()
    wanted = AlarmFilter(
        organisation_ids=actor.scope,
        asset_id=query.asset_id,
        states=_wanted_states(query),
        severity=query.severity,
        category=query.category,
        since=query.since,
        until=query.until,
        returned_since=query.returned_since,
        historical=query.historical,
        suppressed=query.suppressed,
        isa_states=query.isa_states,
        site_id=query.site_id,
        verdict=query.verdict,
        failure_mode=query.failure_mode,
    )
    rows = repository.list_alarms(session, wanted, page.after_id(), page.limit + 1)
    return Slice.cut(rows, page.limit, lambda row: (row.id,)).map(facts_of)


def alarms_of_asset(
    session: Session, actor: Principal, asset_id: str, *, limit: int = 50
) -> list[AlarmFacts]:
    """Return the newest alarms of an asset.

    Raises:
        Forbidden: the actor may not see alarms.
        NotFound: there is no such asset in the actor's scope.
    """
    actor.require("alarms.read")
    assets.get_asset(session, actor, asset_id)
    query, page = AlarmQuery(asset_id=asset_id), PageRequest(limit)
    return list_alarms(session, actor, query, page).items


def get_alarm(session: Session, actor: Principal, alarm_id: str) -> AlarmFacts:
    """Return an alarm.

    Raises:
        Forbidden: the actor may not see alarms.
        NotFound: there is none, or it is not in the actor's scope.
    """
    actor.require("alarms.read")
    return facts_of(find(session, actor, alarm_id))


def acknowledge_alarm(
    session: Session,
    actor: Principal,
    alarm_id: str,
    *,
    expected_version: int | None = None,
    comment: str | None = None,
) -> AlarmFacts:
    """Note that somebody has taken note of an alarm; `comment` goes to its journal and the audit trail.

    Raises:
        Forbidden: the actor may not handle alarms.
        NotFound: there is none, or it is not in the actor's scope.
        StaleVersion: it has changed since `expected_version`.
        AlarmAlreadyAcknowledged: somebody was faster.
    """
    actor.require("alarms.handle")
    alarm = find_locked(session, actor, alarm_id, expected_version)
    state = AlarmState(alarm.state)
    if state.is_acknowledged:
        raise AlarmAlreadyAcknowledged(
            f"alarm {alarm_id} was acknowledged by {alarm.acknowledged_by_name}",
            acknowledged_by=alarm.acknowledged_by,
        )
    alarm.state = next_state(state, AlarmAction.ACKNOWLEDGE).value
    alarm.acknowledged_at = utc_now()
    alarm.acknowledged_by, alarm.acknowledged_by_name = actor.person_id, actor.name
    alarm.owed = False
    if alarm.state == AlarmState.NORMAL:
        alarm.suppression = alarm.suppression_id = None
    session.flush()
    note(session, alarm, "acknowledged", alarm.acknowledged_at, actor=actor, text=comment)
    audit.record(
        session,
        actor,
        "alarm.acknowledge",
        "alarm",
        alarm.id,
        organisation_id=alarm.organisation_id,
        changes={"state": [state.value, alarm.state]},
        reason=comment,
    )
    publish(
        session,
        AlarmAcknowledged(
            alarm_id=alarm.id,
            asset_id=alarm.asset_id,
            acknowledged_by=actor.person_id,
            acknowledged_at=alarm.acknowledged_at,
        ),
    )
    announce(session, "alarm", alarm.id, alarm.organisation_id)
    return facts_of(alarm)


@dataclass(frozen=True)
class ExpectedBand:
    """What is expected of a series at present.

    Attributes:
        series_id: whose.
        low: lower end in the series' unit; None while still learning.
        high: upper end.
        learnt: readings this rests on.
        warm: whether enough has been learnt to raise an alarm.
        detector: which detector says so.
        updated_at: when this was written; None before the first time.
    """

    series_id: int
    low: float | None
    high: float | None
    learnt: int
    warm: bool
    detector: str | None
    updated_at: datetime | None


def expected_band(session: Session, actor: Principal, series_id: int) -> ExpectedBand:
    """Return the expected range of a series, as charts draw it; at most a minute old.

    Raises:
        Forbidden: the actor may not read telemetry.
        NotFound: there is no such series in the actor's scope.
    """
    telemetry.find_series(session, actor, series_id)
    row = repository.baseline(session, series_id)
    if row is None:
        return ExpectedBand(series_id, None, None, 0, False, None, None)  # noqa: FBT003 - a record
    warm = row.low is not None
    return ExpectedBand(
        series_id, row.low, row.high, row.learnt, warm, row.detector, row.updated_at
    )


def frames_needed_from(session: Session) -> dict[LaneKey, int]:
    """Return, for every lane, the first frame that a restart would read: older ones may go."""
    needed = repository.cursors(session)
    for agent_id, positions in repository.snapshot_positions(session).items():
        for lane, seq in unpack_positions(agent_id, positions).items():
            needed[lane] = min(seq, needed.get(lane, seq))
    return needed


def scored_up_to(session: Session) -> dict[LaneKey, int]:
    """Return, for every lane, the first frame that is still to be scored."""
    return repository.cursors(session)


def series_warm(session: Session, series_ids: Sequence[int]) -> dict[int, bool]:
    """Tell of each series whether it has learnt enough to raise an alarm."""
    known = repository.baselines(session, series_ids)
    return {key: key in known and known[key].low is not None for key in series_ids}
