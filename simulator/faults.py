"""How faults develop: each grows in a straight line from nothing to its severity, then stays."""

from dataclasses import dataclass, field
from enum import StrEnum

from kernel.errors import InvalidInput


class FaultKind(StrEnum):
    """What can go wrong with a machine of the plant."""

    BEARING_WEAR = "bearing_wear"
    SEAL_LEAK = "seal_leak"
    SENSOR_FLATLINE = "sensor_flatline"
    SENSOR_DRIFT = "sensor_drift"
    COMMS_LOSS = "comms_loss"


@dataclass(frozen=True)
class Fault:
    """A fault as it was started.

    Attributes:
        kind: what it is.
        severity: where it ends, 0 to 1 for a bad but real fault; more is possible.
        started_at: plant time, seconds since 1970.
        ramp_seconds: how long it grows; 0 is at once.
    """

    kind: FaultKind
    severity: float
    started_at: float
    ramp_seconds: float

    def level(self, at: float) -> float:
        """Return how far it has grown at plant time `at`, 0 to `severity`."""
        if at <= self.started_at:
            return 0.0
        if self.ramp_seconds <= 0 or at >= self.started_at + self.ramp_seconds:
            return self.severity
        return self.severity * (at - self.started_at) / self.ramp_seconds


@dataclass
class Faults:
    """The faults of one machine, at most one of a kind."""

    _active: dict[FaultKind, Fault] = field(default_factory=dict)

    def start(self, kind: str, severity: float, at: float, ramp_seconds: float) -> None:
        """Start a fault, or start it over.

        Raises:
            InvalidInput: no such kind, or a number that makes no sense.
        """
        if not 0 < severity <= 10:  # noqa: PLR2004 - ten times a bad fault is a typing error
            raise InvalidInput(f"severity {severity} is not above 0 and at most 10")
        if not 0 <= ramp_seconds <= 366 * 86_400:
            raise InvalidInput(f"ramp_seconds {ramp_seconds} is not from 0 to a year")
        known = fault_kind(kind)
        self._active[known] = Fault(known, severity, at, ramp_seconds)

    def clear(self, kind: str) -> None:
        """End a fault; ending one that is not there changes nothing."""
        self._active.pop(fault_kind(kind), None)

    @property
    def active(self) -> list[Fault]:
        """The faults there are."""
        return list(self._active.values())

    def resume(self, fault: Fault) -> None:
        """Let a fault go on that was started before."""
        self._active[fault.kind] = fault

    def level(self, kind: FaultKind, at: float) -> float:
        """Return how far a fault has grown, 0 when there is none."""
        fault = self._active.get(kind)
        return 0.0 if fault is None else fault.level(at)


def fault_kind(name: str) -> FaultKind:
    """Return the kind of a name.

    Raises:
        InvalidInput: there is no such kind.
    """
    try:
        return FaultKind(name)
    except ValueError:
        raise InvalidInput(f"no fault {name!r}; there are {', '.join(FaultKind)}") from None
