"""What scoring says of a series: that it began to deviate, got worse, or returned to normal."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Record(StrEnum):
    """What was broken: the expected range above or below, the machine's own ways, or the sensor itself.

    The joint ones say what a series does to its device: it is above or below what the device's other series
    say of it, or does not follow them any more. The last ones are limits that people have set.
    """

    HIGH = "high"
    LOW = "low"
    JOINT_HIGH = "joint_high"
    JOINT_LOW = "joint_low"
    CORRELATION = "correlation"
    FLATLINE = "flatline"
    OUT_OF_RANGE = "out_of_range"
    GAP = "gap"
    LIMIT_HH = "limit_hh"
    LIMIT_H = "limit_h"
    LIMIT_L = "limit_l"
    LIMIT_LL = "limit_ll"
    RATE_RISE = "rate_rise"
    RATE_FALL = "rate_fall"
    # Against sensors that measure the same: outvoted by two others, or at odds with the only other one.
    DRIFT = "drift"
    DISAGREEMENT = "disagreement"

    @property
    def is_sensor_fault(self) -> bool:
        """Whether the sensor is suspected rather than the machine."""
        return self in _SENSOR_RECORDS

    @property
    def is_joint(self) -> bool:
        """Whether it is about the device as a whole, told by the series that show it."""
        return self in _JOINT_RECORDS

    @property
    def is_limit(self) -> bool:
        """Whether it is a limit that people have set, of a level or of a rate of change."""
        return self in _LIMIT_SIDES

    @property
    def is_comparison(self) -> bool:
        """Whether it was found by comparing sensors that measure the same."""
        return self in (Record.DRIFT, Record.DISAGREEMENT)

    @property
    def side(self) -> "Record":
        """`high` or `low` where it is about a side, itself otherwise."""
        return _SIDES.get(self, self)


_SENSOR_RECORDS = frozenset(
    {Record.FLATLINE, Record.OUT_OF_RANGE, Record.GAP, Record.DRIFT, Record.DISAGREEMENT}
)
_JOINT_SIDES = {Record.JOINT_HIGH: Record.HIGH, Record.JOINT_LOW: Record.LOW}
_JOINT_RECORDS = frozenset({*_JOINT_SIDES, Record.CORRELATION})
_LIMIT_SIDES = {
    Record.LIMIT_HH: Record.HIGH,
    Record.LIMIT_H: Record.HIGH,
    Record.LIMIT_L: Record.LOW,
    Record.LIMIT_LL: Record.LOW,
    Record.RATE_RISE: Record.HIGH,
    Record.RATE_FALL: Record.LOW,
}
_SIDES = _JOINT_SIDES | _LIMIT_SIDES


@dataclass(frozen=True)
class Onset:
    """The reading at which a deviation began: its place in the gateway's own order, and its source time.

    `index` counts the stored readings of a frame; a silence has no reading and takes the frame's end.
    """

    epoch: str
    lane: str
    seq: int
    index: int
    ts_us: int


@dataclass
class Deviation:
    """A series beyond its limits, as long as it lasts.

    Attributes:
        record: what was broken.
        onset: where it began.
        low: lower end of what was expected then, in the series' unit; None where there is no such end.
        high: upper end of it.
        seen: the worst value so far (for a silence, the last value before it).
        score: how far beyond the limit the worst value lies; 1 is the limit.
        since_s: for a flatline or silence, how long it had lasted when it was raised.
        severity: of a limit, as it was set; None where the score says it.
        feature: by which of the series' own records it began (`anomaly.records.layout.CAUSES`); None where
            none was broken.
    """

    record: Record
    onset: Onset
    low: float | None
    high: float | None
    seen: float
    score: float
    since_s: float = 0.0
    severity: str | None = None
    feature: str | None = None

    def pack(self) -> dict[str, Any]:
        """Return it as MessagePack-ready values."""
        return asdict(self) | {"record": self.record.value}

    @classmethod
    def unpack(cls, packed: dict[str, Any]) -> "Deviation":
        """Return what `pack` took."""
        return cls(
            **(packed | {"record": Record(packed["record"]), "onset": Onset(**packed["onset"])})
        )


class Change(StrEnum):
    """What happened to a deviation."""

    STARTED = "started"
    WORSENED = "worsened"
    ENDED = "ended"


@dataclass(frozen=True)
class Transition:
    """A change of one series, at one reading of the frame being scored.

    Attributes:
        series_id: whose.
        change: what happened.
        deviation: a copy, as it was then.
        ts_us: source time of the reading that made it.
        index: that reading's place in the frame, for ordering.
    """

    series_id: int
    change: Change
    deviation: Deviation
    ts_us: int
    index: int
