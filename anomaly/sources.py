"""Where frames and the facts about their series come from.

`anomaly` reads both through these two interfaces: the real ones ask `ingest`, `telemetry` and `registry`; the
fake ones, for tests and backtests, hold them in memory.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from anomaly.detectors.base import DetectorKind, SeriesRange

LIVE = "live"
BACKLOG = "backlog"


@dataclass(frozen=True, order=True)
class LaneKey:
    """One lane of one epoch of one gateway: frames in it have consecutive seqs."""

    agent_id: str
    epoch: UUID
    lane: str


# OPC UA StatusCode: the top bit means Bad.
_BAD = 0x8000_0000


class Frame(Protocol):
    """The readings of one frame that were stored, in the gateway's order (`ingest.service.StoredFrame`)."""

    @property
    def seq(self) -> int:
        """The frame's number in its lane."""
        ...

    @property
    def received_at(self) -> datetime:
        """When the platform committed it."""
        ...

    @property
    def series_id(self) -> NDArray[np.int32]:
        """Series of each reading."""
        ...

    @property
    def ts_us(self) -> NDArray[np.int64]:
        """Source time of each reading, µs since 1970."""
        ...

    @property
    def value(self) -> NDArray[np.float64]:
        """The readings."""
        ...

    @property
    def quality(self) -> NDArray[np.uint32]:
        """OPC UA StatusCode of each reading."""
        ...


def has_value(frame: Frame) -> NDArray[np.bool_]:
    """Tell which readings are values: a finite number whose quality is not Bad. Uncertain ones are."""
    return (frame.quality < _BAD) & np.isfinite(frame.value)


@dataclass(frozen=True)
class Recorded:
    """Readings of one series as they are stored, in the order of source time; arrays of one length.

    Attributes:
        ts_us: int64, source time, µs since 1970.
        value: float64.
        quality: uint32, OPC UA StatusCode.
        received_us: int64, when the frame of each was received, µs since 1970.
    """

    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint32]
    received_us: NDArray[np.int64]


class FrameSource(Protocol):
    """Frames in order, and the readings that were in them."""

    def heads(self, session: Session) -> dict[LaneKey, int]:
        """Return, for every lane, the seq before which every frame is there."""
        ...

    def read_frames(
        self, session: Session, lane: LaneKey, from_seq: int, limit: int
    ) -> Sequence[Frame]:
        """Return up to `limit` frames from `from_seq` on, in order, none beyond the first hole.

        Where frames were given up it goes on with the first one that is left.
        """
        ...

    def readings(
        self, session: Session, series_id: int, from_us: int, before: datetime, limit: int
    ) -> Recorded:
        """Return a series' newest readings of source time `from_us` or later, received before `before`."""
        ...


@dataclass(frozen=True)
class Limit:
    """A limit that people have set for a series.

    Attributes:
        kind: `hh`, `h`, `l`, `ll`, or `rise`, `fall` for the rate of change.
        setpoint: in the series' unit; of a rate per minute, and positive for both.
        deadband: how far inside, in the same unit, readings are normal again.
        on_delay_s: seconds of source time beyond it that raise.
        off_delay_s: seconds inside that return.
        severity: of its alarm.
        over_s: of a rate: measured over half to the whole of so many seconds.
    """

    kind: str
    setpoint: float
    deadband: float = 0.0
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    severity: str = "medium"
    over_s: float = 60.0


@dataclass(frozen=True)
class RedundantGroup:
    """Sensors of one machine that measure the same.

    Attributes:
        series_ids: two or three.
        tolerance: how far their mean difference may lie from what is usual without meaning anything, in their
            unit; None where nobody has said.
    """

    series_ids: tuple[int, ...]
    tolerance: float | None = None


@dataclass(frozen=True)
class SeriesInfo:
    """What scoring needs to know of a series."""

    series_id: int
    asset_id: str
    name: str
    unit: str
    kind: str
    range: SeriesRange
    # A state or switch has no level to judge, and rests as long as it likes.
    scored: bool = True
    redundant: RedundantGroup | None = None
    # What a tag of the machine's mode says: value and mode; of other series nothing.
    modes: tuple[tuple[float, str], ...] = ()
    # Chosen for this type of asset; None where the settings' detector counts.
    detector: DetectorKind | None = None
    limits: tuple[Limit, ...] = ()
    # False alarms per year asked of its device as a whole; None where the settings' count.
    false_alarms_per_year: float | None = None


class SeriesDirectory(Protocol):
    """Facts about series."""

    def series(self, session: Session, ids: Iterable[int]) -> dict[int, SeriesInfo]:
        """Return what is known of each; unknown ids are absent."""
        ...


@dataclass
class MemoryFrame:
    """A frame held in memory."""

    seq: int
    received_at: datetime
    series_id: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint32]

    @classmethod
    def of(
        cls, seq: int, received_at: datetime, readings: Iterable[tuple[Any, ...]]
    ) -> "MemoryFrame":
        """Make one from `(series_id, ts_us, value)` or `(…, quality)` tuples."""
        rows = [(*row, 0)[:4] for row in readings]
        series, ts, value, quality = zip(*rows, strict=True) if rows else ((), (), (), ())
        return cls(
            seq,
            received_at,
            np.array(series, np.int32),
            np.array(ts, np.int64),
            np.array(value, np.float64),
            np.array(quality, np.uint32),
        )


@dataclass
class MemorySource:
    """Frames and series held in memory: a shipped fake that behaves like ingest's log, holes included."""

    frames: dict[LaneKey, dict[int, MemoryFrame]] = field(default_factory=dict)
    given_up: dict[LaneKey, dict[int, MemoryFrame]] = field(default_factory=dict)
    directory: dict[int, SeriesInfo] = field(default_factory=dict)
    readings_from_us: int = 0

    def add(self, lane: LaneKey, frame: MemoryFrame) -> None:
        """Store a frame; the same seq again changes nothing."""
        self.frames.setdefault(lane, {}).setdefault(frame.seq, frame)

    def give_up(self, lane: LaneKey, seqs: Iterable[int]) -> None:
        """Remove frames as retention does where there is no room; their readings stay."""
        gone = self.given_up.setdefault(lane, {})
        for seq in seqs:
            gone[seq] = self.frames[lane].pop(seq)

    def heads(self, session: Session) -> dict[LaneKey, int]:  # noqa: ARG002 - nothing to ask
        """Return the first missing seq of every lane."""
        return {lane: self._head(lane) for lane in self.frames}

    def _head(self, lane: LaneKey) -> int:
        received = self.frames[lane].keys() | self.given_up.get(lane, {}).keys()
        head = 0
        while head in received:
            head += 1
        return head

    def read_frames(
        self,
        session: Session,  # noqa: ARG002 - nothing to ask
        lane: LaneKey,
        from_seq: int,
        limit: int,
    ) -> Sequence[MemoryFrame]:
        """Return frames in order, none beyond the first hole."""
        if lane not in self.frames:
            return []
        frames, head = self.frames[lane], self._head(lane)
        first = min((seq for seq in frames if from_seq <= seq < head), default=head)
        found = []
        for seq in range(first, min(first + limit, head)):
            if seq not in frames:
                break
            found.append(frames[seq])
        return found

    def readings(
        self,
        session: Session,  # noqa: ARG002 - nothing to ask
        series_id: int,
        from_us: int,
        before: datetime,
        limit: int,
    ) -> Recorded:
        """Return a series' newest readings, of frames that were given up too."""
        rows = []
        for lanes in (self.frames, self.given_up):
            for frame in (frame for frames in lanes.values() for frame in frames.values()):
                received_us = round(frame.received_at.timestamp() * 1_000_000)
                if frame.received_at < before:
                    rows += [
                        (int(ts), received_us, float(value), int(quality))
                        for key, ts, value, quality in zip(
                            frame.series_id, frame.ts_us, frame.value, frame.quality, strict=True
                        )
                        if key == series_id and ts >= max(from_us, self.readings_from_us)
                    ]
        newest = sorted(rows)[-limit:]
        return Recorded(
            np.array([row[0] for row in newest], np.int64),
            np.array([row[2] for row in newest], np.float64),
            np.array([row[3] for row in newest], np.uint32),
            np.array([row[1] for row in newest], np.int64),
        )

    def series(self, session: Session, ids: Iterable[int]) -> dict[int, SeriesInfo]:  # noqa: ARG002
        """Return what is known of each series."""
        return {key: self.directory[key] for key in ids if key in self.directory}
