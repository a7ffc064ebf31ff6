"""Decisions about alarms: their states, severity and suspected failure mode. No I/O, no clock.

States and terms follow ISA-18.2-2016: an alarm is active or has returned to normal, and is acknowledged or
not; returned and acknowledged is `normal`, the end. Whatever of that is true, it may be shelved, suppressed
by design or out of service, and then nobody is told. No alarm latches: none has to be reset by hand.
"""

from dataclasses import dataclass
from enum import StrEnum

from anomaly.deviations import Record
from kernel.errors import IllegalTransition


class AlarmState(StrEnum):
    """Where an alarm is in its life."""

    ACTIVE_UNACKNOWLEDGED = "active_unacknowledged"
    ACTIVE_ACKNOWLEDGED = "active_acknowledged"
    RETURNED_UNACKNOWLEDGED = "returned_unacknowledged"
    NORMAL = "normal"

    @property
    def is_active(self) -> bool:
        """Whether some series still deviates."""
        return self in (self.ACTIVE_UNACKNOWLEDGED, self.ACTIVE_ACKNOWLEDGED)

    @property
    def is_acknowledged(self) -> bool:
        """Whether somebody has taken note."""
        return self in (self.ACTIVE_ACKNOWLEDGED, self.NORMAL)


class AlarmAction(StrEnum):
    """What can happen to an alarm."""

    ACKNOWLEDGE = "acknowledge"
    RETURN = "return"
    LAPSE = "lapse"
    REACTIVATE = "reactivate"


_NEXT: dict[tuple[AlarmState, AlarmAction], AlarmState] = {
    (AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmAction.ACKNOWLEDGE): AlarmState.ACTIVE_ACKNOWLEDGED,
    (AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmAction.RETURN): AlarmState.RETURNED_UNACKNOWLEDGED,
    (AlarmState.ACTIVE_ACKNOWLEDGED, AlarmAction.RETURN): AlarmState.NORMAL,
    (AlarmState.RETURNED_UNACKNOWLEDGED, AlarmAction.ACKNOWLEDGE): AlarmState.NORMAL,
    # It returns, and nobody had been told of it: there is nothing to take note of.
    (AlarmState.ACTIVE_UNACKNOWLEDGED, AlarmAction.LAPSE): AlarmState.NORMAL,
    # It came back: whoever had taken note must take note again.
    (AlarmState.RETURNED_UNACKNOWLEDGED, AlarmAction.REACTIVATE): AlarmState.ACTIVE_UNACKNOWLEDGED,
    (AlarmState.NORMAL, AlarmAction.REACTIVATE): AlarmState.ACTIVE_UNACKNOWLEDGED,
}


def next_state(state: AlarmState, action: AlarmAction) -> AlarmState:
    """Return the state that follows.

    Raises:
        IllegalTransition: the action makes no sense in that state.
    """
    following = _NEXT.get((state, action))
    if following is None:
        raise IllegalTransition(
            f"an alarm that is {state.value} cannot {action.value}",
            state=state.value,
            action=action.value,
        )
    return following


class SuppressionKind(StrEnum):
    """Why nobody is told of an alarm. The order is that of strength, the strongest first."""

    OUT_OF_SERVICE = "out_of_service"
    MAINTENANCE = "maintenance"
    PARENT = "parent"
    FLOOD = "flood"
    SHELVED = "shelved"


class IsaState(StrEnum):
    """The states of ISA-18.2 that people see; the two latched ones do not occur."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED_UNACKNOWLEDGED = "returned_unacknowledged"
    SHELVED = "shelved"
    SUPPRESSED_BY_DESIGN = "suppressed_by_design"
    OUT_OF_SERVICE = "out_of_service"


_SHOWN = {
    AlarmState.ACTIVE_UNACKNOWLEDGED: IsaState.UNACKNOWLEDGED,
    AlarmState.ACTIVE_ACKNOWLEDGED: IsaState.ACKNOWLEDGED,
    AlarmState.RETURNED_UNACKNOWLEDGED: IsaState.RETURNED_UNACKNOWLEDGED,
    AlarmState.NORMAL: IsaState.NORMAL,
}


def isa_state(state: AlarmState, suppression: SuppressionKind | None) -> IsaState:
    """Return the one state that ISA-18.2 has for an alarm's own state and what hides it."""
    match suppression:
        case None:
            return _SHOWN[state]
        case SuppressionKind.OUT_OF_SERVICE:
            return IsaState.OUT_OF_SERVICE
        case SuppressionKind.SHELVED:
            return IsaState.SHELVED
        case _:
            return IsaState.SUPPRESSED_BY_DESIGN


CATEGORIES = ("machine", "sensor")
SEVERITIES = ("low", "medium", "high", "critical")
# How many half-widths of the expected range the worst value lies out, for each severity.
_HIGH_AT = 1.5
_CRITICAL_AT = 4.0


def severity_of(record: Record, score: float, given: str | None = None) -> str:
    """Return the severity of one deviation: as it was `given`, or by how far it lies out."""
    if given is not None:
        return given
    if record.is_sensor_fault:
        return "low" if record is Record.FLATLINE else "medium"
    if score >= _CRITICAL_AT:
        return "critical"
    return "high" if score >= _HIGH_AT else "medium"


def worse(one: str, other: str) -> bool:
    """Tell whether the first severity is worse than the second."""
    return SEVERITIES.index(one) > SEVERITIES.index(other)


def category_of(record: Record) -> str:
    """Return whether the machine or the sensor is suspected."""
    return "sensor" if record.is_sensor_fault else "machine"


@dataclass(frozen=True)
class Suspicion:
    """One line of the table: a kind of series on a class of equipment, leaving its range on one side.

    `None` stands for every class, or either side.
    """

    equipment_class: str | None
    kind: str
    record: Record | None
    failure_mode: str


# The first line that fits counts, so the special ones come before the general.
SUSPICIONS = (
    Suspicion("pump", "pressure", Record.LOW, "seal_leak"),
    Suspicion("pump", "pressure", Record.HIGH, "blockage"),
    Suspicion("pump", "flow", Record.LOW, "blockage"),
    Suspicion("pump", "flow", Record.HIGH, "seal_leak"),
    Suspicion("pump", "level", Record.LOW, "seal_leak"),
    Suspicion("compressor", "pressure", Record.LOW, "seal_leak"),
    Suspicion("compressor", "pressure", Record.HIGH, "blockage"),
    Suspicion("compressor", "flow", Record.LOW, "seal_leak"),
    Suspicion("spindle", "flow", Record.LOW, "blockage"),
    Suspicion("spindle", "speed", None, "electrical_fault"),
    Suspicion(None, "vibration", Record.HIGH, "bearing_wear"),
    Suspicion(None, "temperature", Record.HIGH, "overheating"),
    Suspicion(None, "current", None, "electrical_fault"),
    Suspicion(None, "voltage", None, "electrical_fault"),
    Suspicion(None, "power", Record.HIGH, "electrical_fault"),
)

_SENSOR_MODES = {
    Record.FLATLINE: "sensor_flatline",
    Record.OUT_OF_RANGE: "sensor_out_of_range",
    Record.GAP: "sensor_gap",
    Record.DRIFT: "sensor_drift",
    Record.DISAGREEMENT: "sensor_drift",
}


def failure_mode_of(equipment_class: str, kind: str, record: Record) -> str:
    """Return the suspected failure mode, `unspecified` where the table knows none."""
    if record in _SENSOR_MODES:
        return _SENSOR_MODES[record]
    for line in SUSPICIONS:
        if (
            line.kind == kind
            and line.equipment_class in (None, equipment_class)
            and line.record in (None, record.side)
        ):
            return line.failure_mode
    return "unspecified"
