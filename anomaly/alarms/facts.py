"""An alarm as others see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from anomaly import repository
from anomaly.models import Alarm
from anomaly.rules import AlarmState, SuppressionKind, isa_state
from kernel.errors import NotFound, StaleVersion
from registry.permissions import Principal


@dataclass(frozen=True)
class AlarmFacts:
    """One alarm; see `anomaly.events.AlarmRaised` for `summary`, `cause` and `contributors`.

    Attributes:
        state: active or returned, acknowledged or not, whatever hides it.
        suppression: why it is hidden (`anomaly.rules.SuppressionKind`), None where it is not.
        suppression_id: by which suppression.
        verdict: what somebody found it to be: `true`, `false`, `nuisance`; None while nobody has said.
    """

    id: str
    version: int
    asset_id: str
    organisation_id: str
    site_id: str | None
    category: str
    severity: str
    failure_mode: str
    state: str
    historical: bool
    detector: str
    onset_at: datetime
    raised_at: datetime
    returned_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_by_name: str | None
    summary: dict[str, str]
    cause: dict[str, Any]
    contributors: list[dict[str, Any]]
    score: float
    occurrences: int
    suppression: str | None
    suppression_id: str | None
    verdict: str | None

    @property
    def isa_state(self) -> str:
        """The one state of ISA-18.2 that people see (`anomaly.rules.IsaState`)."""
        hidden = None if self.suppression is None else SuppressionKind(self.suppression)
        return isa_state(AlarmState(self.state), hidden).value


def facts_of(alarm: Alarm) -> AlarmFacts:
    """Return what others see of an alarm."""
    return AlarmFacts(**{name: getattr(alarm, name) for name in AlarmFacts.__dataclass_fields__})


def find(session: Session, actor: Principal, alarm_id: str) -> Alarm:
    """Return an alarm the actor sees.

    Raises:
        NotFound: there is none, or it is not in the actor's scope.
    """
    return _seen(actor, alarm_id, repository.alarm(session, alarm_id))


def find_locked(
    session: Session, actor: Principal, alarm_id: str, expected_version: int | None = None
) -> Alarm:
    """Return an alarm the actor sees, its row locked.

    Raises:
        NotFound: there is none, or it is not in the actor's scope.
        StaleVersion: it has changed since `expected_version`.
    """
    alarm = _seen(actor, alarm_id, repository.alarm(session, alarm_id, lock=True))
    if expected_version is not None and expected_version != alarm.version:
        raise StaleVersion(
            f"alarm {alarm_id} has changed", expected=expected_version, current=alarm.version
        )
    return alarm


def _seen(actor: Principal, alarm_id: str, alarm: Alarm | None) -> Alarm:
    if alarm is None:
        raise NotFound(f"no alarm {alarm_id}")
    actor.require_sees(alarm.organisation_id, f"alarm {alarm_id}")
    return alarm
