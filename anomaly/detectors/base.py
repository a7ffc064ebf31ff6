"""What a detector of one series is.

A detector is told readings one at a time and keeps a bounded state. It decides nothing: turning scores
into deviations (k of n, hysteresis) and freezing what it learns belong to `anomaly.monitor`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from anomaly.detectors.joint import JointFactory
from anomaly.errors import UnknownDetector
from anomaly.settings import AnomalySettings


class Score(NamedTuple):
    """How unusual a series is at one reading.

    Attributes:
        value: 0 as expected, 1 at the limit, more beyond it; negative below the expected range, so that the
            sign says which side. 0 while the detector is not warm.
        low: lower end of the expected range, in the series' unit.
        high: upper end of it.
        warm: whether enough has been learnt for the score to count.
    """

    value: float
    low: float
    high: float
    warm: bool


@dataclass(frozen=True)
class SeriesRange:
    """What the plant says of a series: engineering range in its unit, either end may be unknown."""

    low: float | None = None
    high: float | None = None

    @property
    def span(self) -> float | None:
        """`high - low`, None where either is unknown."""
        if self.low is None or self.high is None or self.high <= self.low:
            return None
        return self.high - self.low


class Detector(Protocol):
    """Scores one series. For each reading `follow_one`, then `score_one`, then perhaps `learn_one`."""

    @property
    def learnt(self) -> int:
        """How many readings the notion of what is normal rests on."""
        ...

    def follow_one(self, value: float, ts_us: int) -> None:
        """Bring the short-term view of the series up to date; called for every reading, alarm or not."""
        ...

    def score_one(self, value: float, ts_us: int) -> Score:
        """Return how unusual the series is now. Changes nothing."""
        ...

    def learn_one(self, value: float, ts_us: int) -> None:
        """Count a reading as normal; not called while the series, or its device, is in alarm."""
        ...

    def restart(self) -> None:
        """Forget the short-term view: what comes next does not follow what came last."""
        ...

    def band(self) -> tuple[float, float] | None:
        """Return the expected range, None while not warm."""
        ...

    def state(self) -> dict[str, Any]:
        """Return everything learnt as MessagePack-ready values."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned.

        Raises:
            KeyError, TypeError, ValueError: the state is of another layout.
        """
        ...


DetectorFactory = Callable[[AnomalySettings, SeriesRange], Detector]


@dataclass(frozen=True)
class DetectorKind:
    """One entry of the registry.

    Attributes:
        name: how settings and snapshots name it.
        layout: raised when `state()` changes shape; an older snapshot is then learnt anew.
        make: builds a detector for a series.
        joint: builds the model of a device as a whole; None where the platform's own judges it.
    """

    name: str
    layout: int
    make: DetectorFactory
    joint: JointFactory | None = None

    @property
    def version(self) -> str:
        """Name and layout, as written beside every alarm and snapshot."""
        return f"{self.name}/{self.layout}"


_registry: dict[str, DetectorKind] = {}


def register(kind: DetectorKind) -> DetectorKind:
    """Add a detector to the registry; the name must be free."""
    assert kind.name not in _registry, kind.name
    _registry[kind.name] = kind
    return kind


def detector_kind(name: str) -> DetectorKind:
    """Return a detector by name.

    Raises:
        UnknownDetector: no such name; the known ones are listed.
    """
    found = _registry.get(name)
    if found is None:
        known = ", ".join(sorted(_registry))
        raise UnknownDetector(f"no detector {name!r}; there are: {known}", known=sorted(_registry))
    return found


def detector_names() -> list[str]:
    """Return the registered names, sorted."""
    return sorted(_registry)
